// What people see of a line from the server.
#pragma once

#include "client/talk/directory.h"
#include "client/talk/wording.h"
#include "client/terminal/style.h"
#include "shared/text/protocol.h"

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// The sentence to show, without a line end, or nothing for a line that is of no interest to people. `now` is the local
// time of arrivals and departures; `known` has the names of group members. Never KIND KEY=VALUE: an unknown kind is
// shown by its text or its fields in words. The bytes are the server's own: pass them through printable() on their way
// to a terminal.
[[nodiscard]] std::optional<std::string> sentence(const ServerLine& line, const Viewer& viewer, std::time_t now,
                                                  const Directory& known = {});

// Columns of a row of /help before its meaning, so that each row fits 80 columns.
inline constexpr std::size_t help_width = 23;
// A row of /help, from `COMMAND ARGUMENTS — what it does`: the meanings are aligned.
[[nodiscard]] std::string help_row(std::string_view usage);

// Numbers of colours: of the speaker, and of the room or group.
struct MessageColours {
    std::size_t speaker = 0;
    std::size_t place = 0;
};
// How its sentence looks.
[[nodiscard]] std::vector<Look> looks_of(const ServerLine& line, const Viewer& viewer, std::string_view sentence,
                                         MessageColours colours);
// `Robin: hi`, `Robin (in ops): hi`, `* Robin waves`: the speaker and the place have a colour each.
[[nodiscard]] std::vector<Look> looks_of_message(std::string_view sentence, MessageColours colours);

// A message to the viewer alone, or with the viewer's name as a word in it.
[[nodiscard]] bool is_for(const ServerLine& message, const Viewer& viewer);

// The same for a line that cannot be parsed.
[[nodiscard]] std::string sentence(std::string_view unknown_line);

}  // namespace chat
