// Time as the log and the wire have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace chat {

using Microseconds = std::int64_t;

// Microseconds since 1970-01-01, UTC.
[[nodiscard]] Microseconds wall_clock() noexcept;
// Microseconds of a clock that never jumps; for time-outs and rates only.
//
// In a build with CHAT_CRASH_POINTS a test can make hours pass, or no time at all: the environment variable
// CHAT_CLOCK_SHIFT names a file of three 64-bit words. The first is a number of microseconds to add to the steady
// clock. Where the others are not 0, both clocks stand still: the steady clock at the second word, the wall clock at
// the third, plus the first.
[[nodiscard]] Microseconds steady_clock() noexcept;

// RFC 3339 in UTC with milliseconds: 2026-11-20T12:31:05.123Z
void append_time(std::string& out, Microseconds at);
// The same into `to`, which has room for time_size bytes; returns the end of it.
inline constexpr std::size_t time_size = 24;
char* put_time(char* to, Microseconds at) noexcept;
// Local date 2026-11-20 and local time 12:31:05.
[[nodiscard]] std::string local_date(Microseconds at);
[[nodiscard]] std::string local_time(Microseconds at);

}  // namespace chat
