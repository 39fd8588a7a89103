// A lost connection is made again: see reconnection.h.
#include "client/reconnection.h"

#include "client/patience.h"

#include <algorithm>
#include <system_error>

namespace chat {

void Reconnection::lost() {
    const auto fifth = pause_.count() / 5;
    std::uniform_int_distribution<std::chrono::milliseconds::rep> spread(-fifth, fifth);
    next_ = Clock::now() + pause_ + std::chrono::milliseconds(spread(random_));
    pause_ = std::min(pause_ * 2, longest_pause);
    attempt_.reset();
}

int Reconnection::fd() const noexcept {
    return attempt_ ? attempt_->fd() : -1;
}

int Reconnection::patience() const {
    if (attempt_) return -1;
    return milliseconds_until(next_);
}

void Reconnection::begin() {
    try {
        attempt_.emplace(server_);
    } catch (const std::system_error&) {
        lost();
    }
}

UniqueFd Reconnection::work() {
    if (!attempt_) {
        if (Clock::now() >= next_) begin();
        return {};
    }
    auto outcome = attempt_->outcome();
    if (!outcome) return {};
    attempt_.reset();
    if (!outcome->socket) lost();
    return std::move(outcome->socket);
}

}  // namespace chat
