// The socket to the server: see connection.h.
#include "client/net/connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace chat {

Connection::Connection(UniqueFd socket) : socket_(std::move(socket)), inbox_(longest_line) {
    const int flags = ::fcntl(socket_.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot use the socket");
    }
    // These are optional: each line is sent at once, and a server that vanished is noticed within two minutes, or
    // within one if data is in flight.
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
            // Reading reports a broken connection too, after the last lines of the server.
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
