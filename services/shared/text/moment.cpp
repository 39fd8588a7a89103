// The forms are tried one after the other.
#include "shared/text/moment.h"

#include "shared/text/time_span.h"

#include <array>
#include <cctype>
#include <ctime>
#include <regex>

namespace chat {
namespace {

constexpr std::int64_t second = 1'000'000;

std::tm local_day(std::int64_t now) {
    const auto seconds = static_cast<std::time_t>(now / second);
    std::tm day{};
    ::localtime_r(&seconds, &day);
    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    return day;
}

// Empty if the calendar has no such day or time: the conversion would silently take another one.
std::optional<std::int64_t> seconds_of(std::tm time, bool utc) {
    const std::tm given = time;
    const std::time_t seconds = utc ? ::timegm(&time) : ::mktime(&time);
    const bool same_day = time.tm_year == given.tm_year && time.tm_mon == given.tm_mon && time.tm_mday == given.tm_mday;
    if (!same_day || given.tm_hour > 23 || given.tm_min > 59 || given.tm_sec > 59) return std::nullopt;
    return seconds;
}

int number(const std::ssub_match& part) {
    return part.matched ? std::stoi(part.str()) : 0;
}

std::optional<std::int64_t> calendar_time(const std::string& text, std::int64_t now) {
    static const std::regex form(
        R"((?:(\d{4})-(\d{2})-(\d{2})(?:$|[Tt ](?=\d)))?(?:(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d{0,3})?)?)?([Zz]|[+-][01]\d:[0-5]\d|[+-]2[0-3]:[0-5]\d)?)");
    std::smatch part;
    // A day, a time or both, with one separator between them; a zone needs both.
    if (!std::regex_match(text, part, form) || (!part[1].matched && !part[4].matched) ||
        (part[8].matched && (!part[1].matched || !part[4].matched)))
        return std::nullopt;
    std::tm time = local_day(now);
    if (part[1].matched) {
        time.tm_year = number(part[1]) - 1900;
        time.tm_mon = number(part[2]) - 1;
        time.tm_mday = number(part[3]);
    }
    time.tm_hour = number(part[4]);
    time.tm_min = number(part[5]);
    time.tm_sec = number(part[6]);
    const auto seconds = seconds_of(time, part[8].matched);
    if (!seconds) return std::nullopt;
    std::string fraction = part[7].str();
    fraction.resize(6, '0');
    std::int64_t offset = 0;
    if (const std::string zone = part[8].str(); zone.size() > 1) {
        offset = std::stoi(zone.substr(1, 2)) * 3600 + std::stoi(zone.substr(4, 2)) * 60;
        if (zone[0] == '-') offset = -offset;
    }
    return (*seconds - offset) * second + std::stoi(fraction);
}

}  // namespace

std::optional<std::int64_t> moment_of(const std::string& text, std::int64_t now) {
    if (text == "today" || text == "yesterday") {
        std::tm day = local_day(now);
        if (text == "yesterday") --day.tm_mday;
        return std::int64_t{::mktime(&day)} * second;
    }
    // A number alone would count seconds, and is more likely a mistake.
    const bool has_unit = !text.empty() && std::isalpha(static_cast<unsigned char>(text.back())) != 0;
    if (const auto span = has_unit ? parse_time_span(text) : std::nullopt;
        span && *span <= static_cast<std::uint64_t>(now))
        return now - static_cast<std::int64_t>(*span);
    return calendar_time(text, now);
}

}  // namespace chat
