// Comparing the clocks.
#include "shared/log/retention_clock.h"

#include <ctime>

namespace chat {
namespace {

constexpr Microseconds one_day = 86'400'000'000;

Microseconds time_since_boot() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

RetentionClock::RetentionClock() : RetentionClock(wall_clock(), time_since_boot()) {}

RetentionClock::Verdict RetentionClock::check() {
    return check(wall_clock(), time_since_boot());
}

RetentionClock::Verdict RetentionClock::check(Microseconds wall, Microseconds since_boot) noexcept {
    const Microseconds jump = (wall - wall_) - (since_boot - since_boot_);
    wall_ = wall;
    since_boot_ = since_boot;
    if (jump > one_day) {
        doubted_until_ = since_boot + one_day;
        return Verdict::jumped;
    }
    if (jump < -one_day || since_boot >= doubted_until_) doubted_until_ = 0;
    return doubted_until_ == 0 ? Verdict::trusted : Verdict::doubted;
}

}  // namespace chat
