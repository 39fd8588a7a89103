// Reading and discarding until the peer closes.
#include "chat-acceptor/clients/linger.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace chat {
namespace {

constexpr Microseconds timeout = 3'000'000;
constexpr std::size_t max_waiting = 512;
constexpr int max_reads = 16;  // per tick and connection

// True when the peer has closed its side or is gone.
bool discard_input(int fd) noexcept {
    char discarded[16'384];
    for (int i = 0; i < max_reads; ++i) {
        const ssize_t size = ::recv(fd, discarded, sizeof discarded, MSG_DONTWAIT);
        if (size == 0) return true;
        if (size < 0) return errno != EAGAIN && errno != EINTR;
    }
    return false;
}

}  // namespace

void end_connection(UniqueFd fd) noexcept {
    if (fd) ::shutdown(fd.get(), SHUT_RDWR);
}

void Linger::add(UniqueFd fd) {
    ::shutdown(fd.get(), SHUT_WR);
    if (discard_input(fd.get())) {
        end_connection(std::move(fd));
        return;
    }
    if (waiting_.size() >= max_waiting) {
        end_connection(std::move(waiting_.front().fd));
        waiting_.pop_front();
    }
    waiting_.push_back({std::move(fd), steady_clock() + timeout});
}

void Linger::tick() {
    const Microseconds now = steady_clock();
    std::erase_if(waiting_, [now](Waiting& waiting) {
        if (now < waiting.until && !discard_input(waiting.fd.get())) return false;
        end_connection(std::move(waiting.fd));
        return true;
    });
}

}  // namespace chat
