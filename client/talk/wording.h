// The words that sentences are made of: the viewer, times, groups.
#pragma once

#include "client/talk/directory.h"

#include <ctime>
#include <string>
#include <string_view>

namespace chat {

// The person at the screen, as the server knows them. Empty until the server's welcome.
struct Viewer {
    std::string id;
    std::string name;
};

// HH.MM, local.
[[nodiscard]] std::string clock_time(std::time_t time);

// `2026-11-20T12:31:05.123Z` in the viewer's time zone: HH.MM, with the date if it was on another day than
// `now`. Any other text stays as it is.
[[nodiscard]] std::string local_since(std::string_view utc, std::time_t now);

// Groups have numbers; people know them by their members: `group 1234 with Alfred and Robin`, short enough for a
// prompt. The number alone for a group that we are not in, or whose members are not known.
[[nodiscard]] std::string group_in_words(std::string_view number, const Directory& known);

}  // namespace chat
