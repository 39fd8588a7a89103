// The socket to the server: see connection.h.
#include "client/connection.h"

#include "client/patience.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace chat {

namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

std::unique_ptr<addrinfo, FreeAddresses> addresses_of(const ServerAddress& server) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(server.host.c_str(), server.port.c_str(), &wanted, &list);
    if (error != 0) throw NoServer("cannot find the server " + server.host + ": " + ::gai_strerror(error));
    return std::unique_ptr<addrinfo, FreeAddresses>(list);
}

// Waits until the attempt on `socket` has an outcome. 0 or an errno.
int outcome_of(int socket, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    pollfd waiting{socket, POLLOUT, 0};
    for (;;) {
        const int left = milliseconds_until(deadline);
        if (left == 0) return ETIMEDOUT;
        const int ready = ::poll(&waiting, 1, left);
        if (ready < 0 && errno != EINTR) return errno;
        if (ready > 0) break;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

// A connected socket, or none and the errno in `error`.
UniqueFd try_address(const addrinfo& address, std::chrono::milliseconds patience, int& error) {
    UniqueFd socket(
        ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
    if (!socket) {
        error = errno;
        return {};
    }
    error = ::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS || error == EINTR) error = outcome_of(socket.get(), patience);
    if (error != 0) return {};
    return socket;
}

}  // namespace

UniqueFd connect_to(const ServerAddress& server, std::chrono::milliseconds patience) {
    const auto addresses = addresses_of(server);
    int error = 0;
    for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
        if (UniqueFd socket = try_address(*address, patience, error)) return socket;
    }
    throw NoServer("no server at " + server.written() + ": " + std::generic_category().message(error));
}

Connection::Connection(UniqueFd socket) : socket_(std::move(socket)), inbox_(longest_line) {
    const int flags = ::fcntl(socket_.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot use the socket");
    }
    // All of them only make things better: each line goes at once, and a server that vanished is noticed in two
    // minutes, in one where something is on its way to it.
    const auto set = [this](int level, int option, int value) {
        (void)::setsockopt(socket_.get(), level, option, &value, sizeof value);
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 15);
    set(IPPROTO_TCP, TCP_KEEPCNT, 4);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 60'000);
}

void Connection::send(std::string_view line) {
    outbox_ += line;
    outbox_ += '\n';
    send_waiting();
}

void Connection::send_waiting() {
    std::size_t sent = 0;
    while (sent < outbox_.size() && !closed_) {
        const ssize_t count = ::send(socket_.get(), outbox_.data() + sent, outbox_.size() - sent, MSG_NOSIGNAL);
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            // A broken connection shows when reading too, after what the server still had to say.
            break;
        }
    }
    outbox_.erase(0, sent);
    sent_ += sent;
}

void Connection::receive() {
    std::array<char, std::size_t{64} * 1024> bytes;  // not initialised: filled by recv
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count > 0) {
        inbox_.add({bytes.data(), static_cast<std::size_t>(count)});
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        closed_ = true;
    }
}

std::optional<LineSplitter::Line> Connection::next_line() {
    return inbox_.next();
}

}  // namespace chat
