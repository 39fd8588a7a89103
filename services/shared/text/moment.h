// A time as people write it in an option.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace chat {

// In microseconds since 1970, UTC. `text` is an RFC 3339 time, or a day, a day and a time (2026-11-20,
// 2026-11-20T08:00) or a time of today (08:00) in local time, or `today`, `yesterday`, or how long before `now` (90min,
// 12h, 7d). Empty: it is none of these.
[[nodiscard]] std::optional<std::int64_t> moment_of(const std::string& text, std::int64_t now);

}  // namespace chat
