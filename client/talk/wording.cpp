// The words that sentences are made of: see wording.h.
#include "client/talk/wording.h"

#include "shared/text/text_rules.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace chat {

namespace {

// Alfred, Joker and 2 others
std::string list_of(const std::vector<std::string>& names) {
    constexpr std::size_t max_names = 3;
    const std::size_t named = names.size() <= max_names ? names.size() : max_names - 1;
    std::string words;
    for (std::size_t i = 0; i < named; ++i) {
        const bool is_last = i + 1 == names.size();
        words += (i == 0 ? "" : is_last ? " and " : ", ") + names[i];
    }
    if (named < names.size()) words += " and " + std::to_string(names.size() - named) + " others";
    return words;
}

}  // namespace

std::string formatted(const std::tm& time, const char* format) {
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &time)};
}

std::tm local_calendar_time(std::time_t time) {
    std::tm result{};
    ::localtime_r(&time, &result);
    return result;
}

std::string clock_time(std::time_t time) {
    return formatted(local_calendar_time(time), "%H.%M");
}

std::string time_of_event(const Viewer& viewer, std::time_t now) {
    return viewer.sees_times ? "" : "time=" + clock_time(now) + " ";
}

std::string local_since(std::string_view utc, std::time_t now, const Viewer& viewer) {
    std::tm time{};
    std::string text(utc);
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
    if (end == nullptr || !text.ends_with('Z')) return text;
    const std::tm then = local_calendar_time(::timegm(&time));
    const std::tm today = local_calendar_time(now);
    const bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
    if (viewer.sees_times) return formatted(then, same_day ? "%H:%M" : "%Y-%m-%d %H:%M");
    return formatted(then, same_day ? "%H.%M" : "%Y-%m-%d %H.%M");
}

std::string group_in_words(std::string_view number, const Directory& known) {
    constexpr std::size_t longest_list = 40;
    std::string words = "group " + std::string(number);
    const auto others = known.others_in(number);
    if (others.empty()) return words;
    const std::string names = list_of(others);
    if (names.size() <= longest_list) return words + " with " + names;
    return words + " with " + std::to_string(others.size()) + (others.size() == 1 ? " other" : " others");
}

std::string group_in_prompt(std::string_view number, const Directory& known) {
    const auto others = known.others_in(number);
    // One name alone would look like a person.
    if (others.size() < 2) return "group " + (others.empty() ? std::string(number) : others.front());
    std::string words;
    for (const std::string& name : others) words += (words.empty() ? "" : "+") + name;
    return words;
}

std::string in_bytes(double bytes) {
    if (bytes < 1000) return std::to_string(std::llround(bytes)) + (std::llround(bytes) == 1 ? " byte" : " bytes");
    constexpr std::array units{"kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    for (bytes /= 1000; bytes >= 999.95 && unit + 1 < units.size(); bytes /= 1000) ++unit;
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.1f %s", bytes, units[unit]);
    return text.data();
}

std::string shortened(std::string_view text, std::size_t columns) {
    if (count_code_points(text) <= columns) return std::string(text);
    std::string result;
    std::size_t taken = 0;
    for (const char c : text) {
        const bool begins_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        if (begins_character && ++taken >= columns) break;
        result += c;
    }
    return result + "…";
}

}  // namespace chat
