// The time before each line: see timestamps.h.
#include "client/talk/timestamps.h"

#include "client/talk/wording.h"

#include <utility>

namespace chat {

std::string Timestamps::stamp(std::time_t now) const {
    return are_shown_ ? formatted(local_calendar_time(now), "%H:%M ") : "";
}

std::optional<std::string> Timestamps::day(std::time_t now) {
    if (!are_shown_) return std::nullopt;
    const std::tm today = local_calendar_time(now);
    const auto before = std::exchange(last_, today);
    if (!before || (before->tm_year == today.tm_year && before->tm_yday == today.tm_yday)) return std::nullopt;
    return formatted(today, "%A, %-d %B %Y");
}

}  // namespace chat
