// How fast a client is read that sends beyond its rate: what exceeds it is answered at a pace that costs the others
// nothing, and a flood that goes on is read more and more slowly. A paste of some thousand lines is over before that.
#pragma once

#include "shared/system/clock.h"

#include <algorithm>
#include <optional>

namespace chat {

class FloodPace {
  public:
    static constexpr int lines_a_window = 32;
    static constexpr Microseconds window = 10'000;
    // The pause doubles after so many of one length; the longest is 32 times the first.
    static constexpr int pauses_of_a_length = 512;
    static constexpr int max_doublings = 5;
    static constexpr Microseconds end_of_flood = 10'000'000;  // without a pause for so long, it is over

    // Counts what was beyond the rate, in lines. Returns the time until which the client must not be read, if it has to
    // pause. Steady time.
    [[nodiscard]] std::optional<Microseconds> count(int lines, Microseconds now) noexcept {
        if (now - since_ > window) {
            excess_ = 0;
            since_ = now;
        }
        excess_ += lines;
        if (excess_ < lines_a_window) return std::nullopt;
        excess_ = 0;
        if (now - paused_until_ > end_of_flood) pauses_ = 0;
        const int doublings = std::min(pauses_ / pauses_of_a_length, max_doublings);
        if (doublings < max_doublings) ++pauses_;
        // The shortest pause ends with the next round of those who pause.
        paused_until_ = doublings == 0 ? now : now + (window << doublings);
        return paused_until_;
    }

  private:
    int excess_ = 0;
    int pauses_ = 0;
    Microseconds since_ = 0;
    Microseconds paused_until_ = 0;
};

}  // namespace chat
