// Delivery's end of the link: it listens; chat-acceptor connects. Sockets of clients come in here, and go back to an
// acceptor that lost them.
#pragma once

#include "shared/system/link.h"

#include <functional>
#include <stdexcept>

namespace chat {

// The acceptor works on another segment than this process: a new process has to open that one.
class SegmentReplaced : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class AcceptorLink {
  public:
    struct Callbacks {
        std::function<void(SlotId, UniqueFd)> on_attach;
        std::function<void(SlotId)> on_gone;     // the acceptor does not have the socket that was asked for
        std::function<int(SlotId)> find_socket;  // -1: there is none here
        std::function<void()> on_connected;
        // A data connection to serve: `kind` is upload or download.
        std::function<void(const LinkMessage&, UniqueFd)> on_transfer = {};
    };

    // `listener` is the listening socket, of which this takes ownership; `segment_id` is what a hello must say.
    AcceptorLink(UniqueFd listener, std::uint64_t segment_id, int epoll_fd, Callbacks callbacks);

    // Takes a waiting connection and reads all waiting messages. Throws SegmentReplaced.
    void serve();
    [[nodiscard]] bool is_connected() const noexcept { return link_.is_open(); }
    // Asks the acceptor for a client's socket.
    void want(SlotId client);
    // Asks the acceptor to look at the words of transfers.
    void tell_of_transfers();
    // Tells the acceptor that the segment is damaged.
    void report_damage();

    // What the sockets of the link have as data in the epoll set.
    static constexpr std::uint64_t epoll_data = ~std::uint64_t{0};

  private:
    void read_all();
    void watch(int fd) const;
    void handle(Link::Received& received);
    void send(const LinkMessage& message, int fd = -1);

    UniqueFd listener_;
    std::uint64_t segment_id_;
    int epoll_fd_;
    Callbacks callbacks_;
    Link link_;
};

}  // namespace chat
