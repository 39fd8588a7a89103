// The words that sentences are made of: the viewer, times, groups.
#pragma once

#include "client/talk/directory.h"

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace chat {

// The person at the screen, as the server knows them. Empty until the server's welcome.
struct Viewer {
    std::string id;
    std::string name;
    bool sees_times = false;  // each line has its time before it, so sentences need none
};

// As strftime() does, up to 63 bytes.
[[nodiscard]] std::string formatted(const std::tm& time, const char* format);
[[nodiscard]] std::tm local_calendar_time(std::time_t time);

// HH.MM, local, as the transcript has it.
[[nodiscard]] std::string clock_time(std::time_t time);

// `time=10.01 ` before an event, as the transcript has it; nothing for a viewer who sees times.
[[nodiscard]] std::string time_of_event(const Viewer& viewer, std::time_t now);

// `2026-11-20T12:31:05.123Z` in the viewer's time zone: HH.MM (HH:MM for a viewer who sees times), with the date if it
// was on another day than `now`. Any other text stays as it is.
[[nodiscard]] std::string local_since(std::string_view utc, std::time_t now, const Viewer& viewer = {});

// Groups have numbers; people know them by their members: `group 1234 with Alfred and Robin`, short enough for a
// prompt. The number alone for a group that we are not in, or whose members are not known.
[[nodiscard]] std::string group_in_words(std::string_view number, const Directory& known);
// For a prompt: Alfred+Robin, group Robin; the number if the members are not known.
[[nodiscard]] std::string group_in_prompt(std::string_view number, const Directory& known);

// 0 bytes, 812 bytes, 3.1 MB: powers of a thousand.
[[nodiscard]] std::string in_bytes(double bytes);

// At most `columns` characters of `text`, with `…` for the rest.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t columns);

}  // namespace chat
