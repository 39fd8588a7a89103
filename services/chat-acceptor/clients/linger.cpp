// Reading and discarding until the peer closes.
#include "chat-acceptor/clients/linger.h"

#include "shared/system/discard_input.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace chat {
namespace {

constexpr Microseconds timeout = 3'000'000;
constexpr std::size_t max_waiting = 512;

}  // namespace

void end_connection(UniqueFd fd) noexcept {
    if (fd) ::shutdown(fd.get(), SHUT_RDWR);
}

void Linger::add(UniqueFd fd) {
    ::shutdown(fd.get(), SHUT_WR);
    if (discard_input(fd.get()) == Discarding::ended) {
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
        if (now < waiting.until && discard_input(waiting.fd.get()) != Discarding::ended) return false;
        end_connection(std::move(waiting.fd));
        return true;
    });
}

}  // namespace chat
