// How long to wait: for poll, in milliseconds where -1 is forever, and for a server that has to answer.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace chat {

// The shorter one of two times to wait.
[[nodiscard]] inline int earlier_timeout(int left, int right) noexcept {
    if (left < 0) return right;
    return right < 0 ? left : std::min(left, right);
}

// Rounded up, so that the moment has come afterwards; 0 for one that is past.
[[nodiscard]] inline int milliseconds_until(std::chrono::steady_clock::time_point when) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

// When the server must have answered. While bytes are still being sent, it cannot answer yet: the time starts again.
class Deadline {
  public:
    using Clock = std::chrono::steady_clock;

    // `sent`: how many bytes were sent on the connection so far.
    Deadline(Clock::duration timeout, std::size_t sent);

    // For poll; 0 once the time is over.
    [[nodiscard]] int milliseconds_left() const;
    // The time is over. Where more bytes have been sent than before, it starts again instead.
    [[nodiscard]] bool has_passed(std::size_t sent);

  private:
    Clock::duration timeout_;
    Clock::time_point end_;
    std::size_t sent_before_;
};

}  // namespace chat
