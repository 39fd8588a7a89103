// The operator's socket (chat-admin.socket): connections, incoming messages and outgoing replies. The mode of the
// socket decides who may connect. Nothing here waits, and everything is bounded: a peer that does not read gets no
// further batch, one that falls behind the events is disconnected, and with too many connections the one that has been
// idle longest is closed.
#pragma once

#include "chat-acceptor/admin/admin_commands.h"
#include "shared/system/event_loop.h"
#include "shared/system/unique_fd.h"
#include "shared/system/varlink.h"

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>

namespace chat {

class AdminSocket {
  public:
    static constexpr std::size_t max_connections = 16;
    static constexpr std::size_t max_message = 65'536;  // bytes in a call
    static constexpr std::size_t max_output = 262'144;  // bytes queued for a peer; beyond that no batch is made

    using Handler = std::function<AdminAnswer(const varlink::Call&, std::optional<std::uint32_t> known_uid)>;
    // `known_uid` is empty if the kernel does not tell.
    AdminSocket(EventLoop& loop, Handler handler);

    void listen_on(UniqueFd listener);
    // Call from time to time: accepts connections again after descriptors had run out.
    void resume_accepting();
    // There may be new batches for those who follow events.
    void send_batches();
    [[nodiscard]] bool has_followers() const noexcept;

  private:
    struct Peer {
        Peer(UniqueFd socket, std::optional<std::uint32_t> its_uid);
        UniqueFd fd;
        std::optional<std::uint32_t> uid;
        varlink::MessageSplitter input{max_message};
        std::string output;
        std::function<AdminBatch()> batches;  // of the call that is being answered
        bool input_ended = false;
        bool ending = false;  // once the output is written
        bool broken = false;
        Microseconds active_at;  // steady time
        std::uint32_t watched = 0;
        EventLoop::Registration registration;
    };
    using Place = std::list<Peer>::iterator;

    void accept_one(int listener);
    [[nodiscard]] bool make_room();
    void on_events(Place peer, std::uint32_t events);
    void read(Peer& peer);
    [[nodiscard]] bool handle_message(Peer& peer);
    void handle(Peer& peer, const varlink::Call& call);
    [[nodiscard]] bool make_batch(Peer& peer);
    void write(Peer& peer);
    void serve(Place peer);

    EventLoop* loop_;
    Handler handler_;
    std::list<Peer> peers_;
    std::list<UniqueFd> listeners_;
    std::list<EventLoop::Registration> listening_;
};

}  // namespace chat
