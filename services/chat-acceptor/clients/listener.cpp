// accept4 and socket options.
#include "chat-acceptor/clients/listener.h"

#include "shared/system/stream_position.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace chat {
namespace {

struct SocketOption {
    int level;
    int name;
    int value;
};

// A peer that vanishes silently is detected within two minutes: by probes if nothing is sent to it, by missing
// acknowledgements if something is. Urgent data stays in the stream, or the kernel's count of it would be wrong; that
// is decided when it is read.
constexpr std::array socket_options = {
    SocketOption{SOL_SOCKET, SO_OOBINLINE, 1},
    SocketOption{SOL_SOCKET, SO_KEEPALIVE, 1},
    SocketOption{IPPROTO_TCP, TCP_NODELAY, 1},
    SocketOption{IPPROTO_TCP, TCP_KEEPIDLE, 60},
    SocketOption{IPPROTO_TCP, TCP_KEEPINTVL, 15},
    SocketOption{IPPROTO_TCP, TCP_KEEPCNT, 4},
    SocketOption{IPPROTO_TCP, TCP_USER_TIMEOUT, 120'000},
};

bool set_options(int fd) noexcept {
    return std::all_of(socket_options.begin(), socket_options.end(), [fd](const SocketOption& option) {
        return ::setsockopt(fd, option.level, option.name, &option.value, sizeof option.value) == 0;
    });
}

// They are set in their order: a connection that has inherited the last of them has inherited all.
bool has_options(int fd) noexcept {
    const SocketOption& last = socket_options.back();
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, last.level, last.name, &value, &size) == 0 && value == last.value;
}

// Multipath TCP counts bytes per path, and a protocol on top of TCP, such as TLS in the kernel, per record.
bool is_plain_tcp(int fd) noexcept {
    int protocol = 0;
    socklen_t size = sizeof protocol;
    if (::getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0 || protocol != IPPROTO_TCP) return false;
    char upper[16] = {};
    size = sizeof upper;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_ULP, upper, &size) != 0 || upper[0] == '\0';
}

// accept(2): errors of the one connection, or of its network. The next connection may be good.
bool is_about_connection(int error) noexcept {
    switch (error) {
        case EINTR:
        case ECONNABORTED:
        case EPERM:
        case EPROTO:
        case ENOPROTOOPT:
        case EOPNOTSUPP:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET:
        case ETIMEDOUT:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::uint16_t local_port(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::system_error(errno, std::generic_category(), "inspecting a listening socket");
    return port_of(address);
}

void prepare_listener(int listener) {
    if (is_plain_tcp(listener) && !set_options(listener))
        throw std::system_error(errno, std::generic_category(), "preparing the listening socket");
}

bool prepare_connection(int fd) noexcept {
    if (!is_plain_tcp(fd)) return false;
    if (has_options(fd)) return true;
    // It fails for a connection that is already over, which is found out when it is read.
    (void)set_options(fd);
    return consumed_position(fd).value_or(0) == 0;
}

void complete_options(int fd) noexcept {
    if (!has_options(fd)) (void)set_options(fd);
}

std::string peer_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
    return peer_text(address);
}

std::string own_address(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
    return peer_text(address);
}

std::optional<Newcomer> accept_newcomer(int listener, int& trouble) {
    constexpr int max_failures = 64;
    trouble = 0;
    for (int i = 0; i < max_failures; ++i) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        UniqueFd fd(::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd) {
            const bool fit = prepare_connection(fd.get());
            return Newcomer{.fd = std::move(fd), .peer = peer_text(peer), .address = Address::of(peer), .fit = fit};
        }
        if (errno == EAGAIN) return std::nullopt;
        if (is_about_connection(errno)) continue;
        trouble = errno;
        return std::nullopt;
    }
    return std::nullopt;
}

void refuse_connection(int fd, std::string_view line) {
    // A fresh socket has room for a line; if not, the peer is gone.
    (void)::send(fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(fd, SHUT_WR);
}

}  // namespace chat
