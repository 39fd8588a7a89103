// /help in the chat: all commands by topic, on one screen, and the client's own commands.
#pragma once

#include "client/talk/companion.h"
#include "client/talk/directory.h"
#include "client/talk/wording.h"
#include "client/terminal/terminal.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

inline constexpr OwnCommand clear_command{"/clear", "", "clears the screen"};

// Rows of at most `columns`, 20 of them with 80 columns and accordingly more in a narrower window: the commands of the
// server and of the client by topic, without those that the server does not have. `own` has all of the client's own.
[[nodiscard]] std::vector<std::string> help_overview(const Directory& known, const std::vector<OwnCommand>& own,
                                                     std::size_t columns);

// Answers /help, if lines are edited, and /help about one of the client's own commands. False: the server answers.
[[nodiscard]] bool show_help(Terminal& terminal, const Directory& known, const std::vector<OwnCommand>& own,
                             std::string_view text);
// A row for each, as the server's /help has them.
void show_own_commands(Terminal& terminal, const std::vector<OwnCommand>& own);

}  // namespace chat
