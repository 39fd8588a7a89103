// The sockets of chat-auth: connections, incoming calls and outgoing answers. Each connection has one call in progress;
// what else arrives on it waits. Nothing here blocks, and everything is bounded.
#pragma once

#include "chat-auth/worker.h"
#include "shared/system/event_loop.h"
#include "shared/system/secret.h"
#include "shared/system/unique_fd.h"
#include "shared/system/varlink.h"

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <vector>

namespace chat {

class AuthSocket {
  public:
    static constexpr std::size_t most_connections = 16;  // of each door
    static constexpr std::size_t most_message = 65'536;  // bytes in a call

    // `observe` receives each call that was performed.
    AuthSocket(EventLoop& loop, AuthWorker& worker, std::function<void(const AuthWorker::Done&)> observe);

    // Who connects to a socket.
    enum class Door : std::uint8_t {
        acceptor,  // its calls are those of org.chat.Auth
        people,    // local users, with the call of org.chat.Login
    };
    void listen_on(Door door, UniqueFd listener);
    // The worker has finished calls.
    void send_answers();

    // Is no call in progress?
    [[nodiscard]] bool is_idle() const noexcept { return calls_ == 0; }
    // Steady time of the last call.
    [[nodiscard]] Microseconds active_at() const noexcept { return active_at_; }

  private:
    struct Peer {
        UniqueFd fd;
        Door door;
        std::uint32_t uid = 0;  // of the user
        Secret input = {};      // begins with the next message
        Secret output = {};     // may contain a token
        std::size_t written = 0;
        std::uint64_t call = 0;  // number of the call in progress; 0: none
        bool ended = false;      // it sends nothing more
        bool broken = false;
        std::uint32_t watched = 0;
        EventLoop::Registration registration = {};
    };
    using Place = std::list<Peer>::iterator;

    void accept_one(Door door, int listener);
    [[nodiscard]] bool make_room(Door door);
    void read(Peer& peer);
    // False: there is no complete message, or a call is in progress.
    [[nodiscard]] bool handle_message(Peer& peer);
    void handle(Peer& peer, std::string_view message);
    void reply(Peer& peer, const varlink::Reply& reply);
    void write(Peer& peer);
    void settle(Place peer);

    EventLoop* loop_;
    AuthWorker* worker_;
    std::function<void(const AuthWorker::Done&)> observe_;
    struct Listener {
        UniqueFd fd;
        EventLoop::Registration registration;
    };
    std::vector<Listener> listeners_;
    EventLoop::Registration answering_;
    std::list<Peer> peers_;
    std::uint64_t last_call_ = 0;
    std::size_t calls_ = 0;
    Microseconds active_at_;
};

}  // namespace chat
