// The acceptor's end of the link to chat-delivery: it connects, and reconnects when delivery has died. The listening
// socket belongs to the service manager, so connecting works while delivery is down.
#pragma once

#include "shared/system/event_loop.h"
#include "shared/system/link.h"

#include <deque>
#include <functional>
#include <string>

namespace chat {

class DeliveryLink {
  public:
    // `on_message` receives every message with its descriptor; `on_connected` runs after each new connection.
    DeliveryLink(EventLoop& loop, std::string path, std::function<void(Link::Received&)> on_message,
                 std::function<void()> on_connected);

    // Connects if there is no connection; does nothing, silently, if that fails. Call again some time later.
    void connect();
    [[nodiscard]] bool is_connected() const noexcept { return link_.is_open(); }

    // Sends in order; queues messages, with a copy of `fd`, for a peer that reads slowly. Without a connection the
    // message is dropped: everything is requested again on the next one.
    void send(const LinkMessage& message, int fd = -1);
    // Like send(), but returns false at once if the peer reads slowly.
    bool try_send(const LinkMessage& message, int fd = -1);

  private:
    void on_events(std::uint32_t events);
    void flush();
    void disconnect();
    void watch();

    EventLoop* loop_;
    std::string path_;
    std::function<void(Link::Received&)> on_message_;
    std::function<void()> on_connected_;
    Link link_;
    EventLoop::Registration registration_;
    struct Waiting {
        LinkMessage message;
        UniqueFd fd;
    };
    std::deque<Waiting> waiting_;  // at most one message per client that either side asked for
};

}  // namespace chat
