// Numbers and units, one after the other.
#include "shared/text/time_span.h"

#include "shared/text/line.h"

#include <algorithm>
#include <array>

namespace chat {
namespace {

constexpr std::uint64_t microsecond = 1;
constexpr std::uint64_t millisecond = 1000 * microsecond;
constexpr std::uint64_t second = 1000 * millisecond;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;
constexpr std::uint64_t week = 7 * day;
constexpr std::uint64_t month = 2'629'800 * second;  // 30.44 days
constexpr std::uint64_t year = 31'557'600 * second;  // 365.25 days

struct Unit {
    std::string_view name;
    std::uint64_t length;
};
constexpr std::array units = {
    Unit{"usec", microsecond}, Unit{"us", microsecond},   Unit{"µs", microsecond},
    Unit{"μs", microsecond},   Unit{"msec", millisecond}, Unit{"ms", millisecond},
    Unit{"seconds", second},   Unit{"second", second},    Unit{"sec", second},
    Unit{"s", second},         Unit{"minutes", minute},   Unit{"minute", minute},
    Unit{"min", minute},       Unit{"m", minute},         Unit{"hours", hour},
    Unit{"hour", hour},        Unit{"hr", hour},          Unit{"h", hour},
    Unit{"days", day},         Unit{"day", day},          Unit{"d", day},
    Unit{"weeks", week},       Unit{"week", week},        Unit{"w", week},
    Unit{"months", month},     Unit{"month", month},      Unit{"M", month},
    Unit{"years", year},       Unit{"year", year},        Unit{"y", year},
};

constexpr std::string_view spaces = " \t\n\r";

bool is_figure(char c) noexcept {
    return c >= '0' && c <= '9';
}

void skip_spaces(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
}

std::string_view take_while(std::string_view& text, bool (*fits)(char)) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), fits);
    const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(taken.size());
    return taken;
}

// One number with its unit, in microseconds.
std::optional<std::uint64_t> take_part(std::string_view& text) noexcept {
    const std::string_view whole = take_while(text, is_figure);
    std::string_view fraction;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = take_while(text, is_figure);
        if (fraction.empty()) return std::nullopt;
    }
    if (whole.empty() && fraction.empty()) return std::nullopt;
    const auto number = whole_number<std::uint64_t>(whole.empty() ? "0" : whole);
    if (!number) return std::nullopt;
    skip_spaces(text);
    const std::string_view name =
        take_while(text, [](char c) { return !is_figure(c) && c != '.' && spaces.find(c) == std::string_view::npos; });
    std::uint64_t unit = second;
    if (!name.empty()) {
        const auto known = std::find_if(units.begin(), units.end(), [name](const Unit& u) { return u.name == name; });
        if (known == units.end()) return std::nullopt;
        unit = known->length;
    }
    std::uint64_t length = 0;
    if (__builtin_mul_overflow(*number, unit, &length)) return std::nullopt;
    for (std::uint64_t part = unit / 10; const char digit : fraction) {
        if (__builtin_add_overflow(length, part * static_cast<std::uint64_t>(digit - '0'), &length))
            return std::nullopt;
        part /= 10;
    }
    return length;
}

}  // namespace

std::optional<std::uint64_t> parse_time_span(std::string_view text) noexcept {
    skip_spaces(text);
    text = text.substr(0, text.find_last_not_of(spaces) + 1);
    if (text == "infinity") return endless_time_span;
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    while (!text.empty()) {
        const auto part = take_part(text);
        if (!part || __builtin_add_overflow(total, *part, &total) || total == endless_time_span) return std::nullopt;
        skip_spaces(text);
    }
    return total;
}

}  // namespace chat
