// Decides whether rows may be deleted by their age. If the wall clock jumps ahead, every row seems old: then nothing is
// deleted until the clock has been right for a day, or has been set back.
#pragma once

#include "shared/system/clock.h"

#include <cstdint>

namespace chat {

class RetentionClock {
  public:
    // The current times: wall time, and the time since boot, which counts while the machine sleeps.
    RetentionClock();
    RetentionClock(Microseconds wall, Microseconds since_boot) noexcept : wall_(wall), since_boot_(since_boot) {}

    enum class Verdict : std::uint8_t {
        trusted,
        jumped,  // since the last call
        doubted,
    };
    // Call it regularly: it compares both clocks with what they said at the last call.
    [[nodiscard]] Verdict check();
    [[nodiscard]] Verdict check(Microseconds wall, Microseconds since_boot) noexcept;

  private:
    Microseconds wall_;
    Microseconds since_boot_;
    Microseconds doubted_until_ = 0;  // time since boot; 0: trusted
};

}  // namespace chat
