// How readline behaves in the chat.
#pragma once

#include <cstddef>

namespace chat {

// Once, before the first prompt. `complete` as rl_attempted_completion_function, `keep_modes` in place of restoring the
// terminal's modes after each line, `pasted` when a paste that the terminal marks is in the line and not shown yet. A
// line that is entered disappears from the screen, and the program shows it in a form of its own. `history_lines`: that
// are remembered from earlier starts, at most.
void set_up_readline(char** (*complete)(const char* word, int begin, int end), void (*pasted)(), void (*keep_modes)(),
                     std::size_t history_lines);

// From now on the line that is edited is not shown, and is not kept anywhere; or it is shown again, and is empty then.
void hide_line(bool on);

}  // namespace chat
