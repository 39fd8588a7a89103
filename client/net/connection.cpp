// The connection to the server: see connection.h.
#include "client/net/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace chat {

Connection::Connection(std::unique_ptr<Stream> stream) : stream_(std::move(stream)), inbox_(longest_line) {
    // These are optional: each line is sent at once, and a server that vanished is noticed within two minutes, or
    // within one if data is in flight.
    const auto set = [this](int level, int option, int value) {
        (void)::setsockopt(fd(), level, option, &value, sizeof value);
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

short Connection::events() const noexcept {
    return static_cast<short>(stream_->events() | (all_sent() ? 0 : POLLOUT));
}

void Connection::work() {
    send_waiting();
    receive();
}

void Connection::send_waiting() {
    std::size_t sent = 0;
    while (sent < outbox_.size() && !closed_) {
        // Reading reports a broken connection too, after the last lines of the server.
        const std::size_t count = stream_->write(std::span(outbox_).subspan(sent)).count;
        if (count == 0) break;
        sent += count;
    }
    outbox_.erase(0, sent);
    sent_ += sent;
}

void Connection::receive() {
    std::array<char, std::size_t{64} * 1024> bytes;  // not initialised: filled by read
    const auto [count, state] = stream_->read(bytes);
    if (count > 0) inbox_.add({bytes.data(), count});
    if (state != Stream::State::open) closed_ = true;
}

bool Connection::may_be_chat() const noexcept {
    constexpr std::array<std::string_view, 3> first_words = {"welcome ", "refused ", "error "};
    const std::string_view begun = inbox_.unfinished();
    return std::any_of(first_words.begin(), first_words.end(), [begun](std::string_view word) {
        return begun.substr(0, word.size()) == word.substr(0, begun.size());
    });
}

std::optional<LineSplitter::Line> Connection::next_line() {
    return inbox_.next();
}

}  // namespace chat
