// A token bucket (protocol section 5): for one client's lines, one host's connections, and the like. It is full at the
// start, also after a restart of the acceptor: clients that waited for the restart have lines queued, and each restart
// gives a client at most one extra burst.
#pragma once

#include "shared/system/clock.h"

#include <algorithm>
#include <cstdint>

namespace chat {

class RateLimit {
  public:
    // `rate` tokens a second up to `burst`; a rate of 0 means no limit. `now` is steady time.
    [[nodiscard]] bool take(std::int64_t rate, std::int64_t burst, Microseconds now) noexcept {
        if (rate == 0) return true;
        tokens_ = level(rate, burst, now);
        refilled_at_ = now;
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

    // Takes more tokens than there may be, for what has been done already: the next ones come later. The debt is at
    // most a burst.
    void charge(std::int64_t tokens, std::int64_t burst) noexcept {
        tokens_ = std::max(tokens_ - static_cast<double>(tokens), -static_cast<double>(burst));
    }

    // The tokens that are there now.
    [[nodiscard]] double level(std::int64_t rate, std::int64_t burst, Microseconds now) const noexcept {
        const double most = static_cast<double>(burst);
        if (refilled_at_ == 0) return most;
        const double gained = static_cast<double>(now - refilled_at_) * static_cast<double>(rate) / 1e6;
        return std::min(most, tokens_ + gained);
    }

  private:
    double tokens_ = 0;
    Microseconds refilled_at_ = 0;
};

}  // namespace chat
