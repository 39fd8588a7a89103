// A token bucket for one client's lines (protocol section 5). It is full at the start, also after a restart of the
// acceptor: clients that waited for the restart have lines queued, and each restart gives a client at most one extra
// burst.
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
        const double most = static_cast<double>(burst);
        if (refilled_at_ == 0) {
            tokens_ = most;
        } else {
            const double gained = static_cast<double>(now - refilled_at_) * static_cast<double>(rate) / 1e6;
            tokens_ = std::min(most, tokens_ + gained);
        }
        refilled_at_ = now;
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

  private:
    double tokens_ = 0;
    Microseconds refilled_at_ = 0;
};

}  // namespace chat
