// How long poll may wait: milliseconds, where -1 is for ever.
#pragma once

#include <algorithm>
#include <chrono>

namespace chat {

// The shorter one of two patiences.
[[nodiscard]] inline int sooner(int left, int right) noexcept {
    if (left < 0) return right;
    return right < 0 ? left : std::min(left, right);
}

// Rounded up, so that what is waited for is due afterwards; 0 for what is past.
[[nodiscard]] inline int milliseconds_until(std::chrono::steady_clock::time_point when) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

}  // namespace chat
