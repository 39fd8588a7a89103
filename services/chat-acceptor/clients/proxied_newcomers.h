// Connections that a TLS terminator passes on (chat-proxied.socket). Each begins with a header, which names the client;
// until it has arrived the connection waits here. The header is looked at and not read, so a successor of this process
// finds the connection as it came.
#pragma once

#include "chat-acceptor/clients/listener.h"
#include "shared/system/clock.h"
#include "shared/system/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>

namespace chat {

class ProxiedNewcomers {
  public:
    using Handler = std::function<void(Newcomer)>;
    // `token`: see parse_proxy_header(). `on_waiting` is called with each that has to wait for its header, and
    // `on_header` with each whose header has arrived: its peer is the client then.
    ProxiedNewcomers(std::string token, Handler on_header, std::function<void(Newcomer&)> on_waiting = {});

    // Looks for the header. A connection that begins with anything else is ended without a word. With too many waiting
    // ones the oldest is ended.
    void add(Newcomer newcomer);

    [[nodiscard]] int epoll_fd() const noexcept { return epoll_.get(); }
    // Looks at those that are readable.
    void serve();
    // Ends those that have waited too long.
    void tick();
    [[nodiscard]] bool empty() const noexcept { return waiting_.empty(); }

    static constexpr std::size_t max_waiting = 256;
    static constexpr Microseconds timeout = 5'000'000;

  private:
    struct Waiting {
        Newcomer newcomer;
        Microseconds until;  // steady time
        bool is_over = false;
    };
    // Sets the header and the peer if the header is whole.
    [[nodiscard]] ProxyHeaderFit look_at(Newcomer& newcomer) const;
    void unwatch(const Newcomer& newcomer) noexcept;
    void end(Newcomer& newcomer) noexcept;

    std::string token_;
    Handler on_header_;
    std::function<void(Newcomer&)> on_waiting_;
    UniqueFd epoll_;
    std::list<Waiting> waiting_;  // oldest first
};

// Reads `size` bytes, which are there, and drops them. False: the connection is over.
[[nodiscard]] bool discard_header(int fd, std::size_t size) noexcept;

// The token of an instance whose proxied listeners any local process can reach: the first line of
// DIRECTORY/proxy.token. Empty if there is no such file; throws SetupError if it cannot be read.
[[nodiscard]] std::string read_proxy_token(const std::string& directory);

}  // namespace chat
