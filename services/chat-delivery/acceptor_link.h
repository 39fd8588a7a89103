// Delivery's end of the link: it listens; chat-acceptor connects. Client sockets arrive here, and go back to an
// acceptor that has lost them.
#pragma once

#include "shared/system/link.h"

#include <functional>
#include <stdexcept>

namespace chat {

// The acceptor uses a different segment from this process: a new process has to open it.
class SegmentReplaced : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class AcceptorLink {
  public:
    struct Callbacks {
        std::function<void(SlotId, UniqueFd)> on_attach;
        std::function<void(SlotId)> on_gone;     // the acceptor does not have the requested socket
        std::function<int(SlotId)> find_socket;  // -1: not here
        std::function<void()> on_connected;
        // A data connection to serve: `kind` is upload or download.
        std::function<void(const LinkMessage&, UniqueFd)> on_transfer = {};
    };

    // Takes ownership of `listener`, the listening socket; a hello must name `segment_id`.
    AcceptorLink(UniqueFd listener, std::uint64_t segment_id, int epoll_fd, Callbacks callbacks);

    // Accepts a pending connection and reads all pending messages. Throws SegmentReplaced.
    void serve();
    [[nodiscard]] bool is_connected() const noexcept { return link_.is_open(); }
    // Asks the acceptor for a client's socket.
    void want(SlotId client);
    // Asks the acceptor to check the transfer words.
    void notify_of_transfers();
    // Tells the acceptor that the segment is damaged.
    void report_damage();

    // The epoll data of the link's sockets.
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
