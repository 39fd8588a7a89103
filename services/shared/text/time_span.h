// Lengths of time as people write them: `90min`, `7d`, `2h 30min`, `1.5h`, as in systemd.time(7).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace chat {

inline constexpr std::uint64_t endless_time_span = std::numeric_limits<std::uint64_t>::max();

// In microseconds. A number without a unit counts seconds; `infinity` is endless_time_span. Empty: it is not a time
// span, or too long for one.
[[nodiscard]] std::optional<std::uint64_t> parse_time_span(std::string_view text) noexcept;

}  // namespace chat
