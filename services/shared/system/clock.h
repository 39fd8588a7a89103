// Time as used in the log and on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace chat {

using Microseconds = std::int64_t;

inline constexpr Microseconds millisecond = 1000;  // the precision of times in lines

// Microseconds since 1970-01-01, UTC.
[[nodiscard]] Microseconds wall_clock() noexcept;
// Microseconds of a clock that never jumps; only for timeouts and rates.
//
// In a build with CHAT_CRASH_POINTS a test can skip hours or stop time: the environment variable CHAT_CLOCK_SHIFT names
// a file of three 64-bit words. The first is added to the steady clock, in microseconds. If the others are not 0, both
// clocks stand still: the steady clock at the second word, the wall clock at the third, each plus the first.
[[nodiscard]] Microseconds steady_clock() noexcept;

// RFC 3339 in UTC with milliseconds: 2026-11-20T12:31:05.123Z
void append_time(std::string& out, Microseconds at);
[[nodiscard]] std::string time_text(Microseconds at);
// Writes the same to `to`, which has room for time_size bytes; returns its end.
inline constexpr std::size_t time_size = 24;
char* put_time(char* to, Microseconds at) noexcept;
// Local date 2026-11-20 and local time 12:31:05.
[[nodiscard]] std::string local_date(Microseconds at);
[[nodiscard]] std::string local_time(Microseconds at);

}  // namespace chat
