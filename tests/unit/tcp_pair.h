// Both ends of a TCP connection over loopback, and reading from it with a deadline.
#pragma once

#include "shared/system/unique_fd.h"
#include "tests/unit/scratch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace chat::test {

// A connection over loopback, the accepted end of which has the options of a client's socket that matter here.
struct TcpPair {
    explicit TcpPair(int send_buffer = 0) {
        UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const int on = 1;
        ::setsockopt(listener.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
        if (send_buffer > 0) ::setsockopt(listener.get(), SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        require_system(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                       "bind");
        require_system(::listen(listener.get(), 1) == 0, "listen");
        require_system(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
        peer.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (send_buffer > 0) ::setsockopt(peer.get(), SOL_SOCKET, SO_RCVBUF, &send_buffer, sizeof send_buffer);
        require_system(::connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                       "connect");
        server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        require_system(static_cast<bool>(server), "accept");
    }

    // A second descriptor of the server's end, as the other daemon or a successor has it.
    [[nodiscard]] UniqueFd server_copy() const { return UniqueFd(::fcntl(server.get(), F_DUPFD_CLOEXEC, 0)); }

    UniqueFd peer;    // the client's end, blocking
    UniqueFd server;  // the accepted end, non-blocking
};

inline void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        require_system(sent > 0, "send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

// Reads until `size` bytes came, the stream ended or the deadline passed.
inline std::string receive(int fd, std::size_t size) {
    std::string bytes;
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (bytes.size() < size && std::chrono::steady_clock::now() < until) {
        pollfd readable{fd, POLLIN, 0};
        if (::poll(&readable, 1, 100) <= 0) continue;
        char buffer[65'536];
        const ssize_t got = ::recv(fd, buffer, std::min(sizeof buffer, size - bytes.size()), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN)) break;
        if (got > 0) bytes.append(buffer, static_cast<std::size_t>(got));
    }
    return bytes;
}

// Everything up to the end of the stream; nullopt if it ended with a reset or not in time.
inline std::optional<std::string> receive_to_end(int fd) {
    std::string bytes;
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (std::chrono::steady_clock::now() < until) {
        pollfd readable{fd, POLLIN, 0};
        if (::poll(&readable, 1, 100) <= 0) continue;
        char buffer[65'536];
        const ssize_t got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got == 0) return bytes;
        if (got < 0 && errno != EAGAIN) return std::nullopt;
        if (got > 0) bytes.append(buffer, static_cast<std::size_t>(got));
    }
    return std::nullopt;
}

// What has arrived so far, without waiting.
inline std::string receive_waiting(int fd) {
    std::string bytes;
    char buffer[65'536];
    for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
        bytes.append(buffer, static_cast<std::size_t>(got));
    return bytes;
}

// Closes in a way that sends the other side a reset.
inline void reset_connection(UniqueFd& fd) {
    const linger at_once{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd.reset();
}

}  // namespace chat::test
