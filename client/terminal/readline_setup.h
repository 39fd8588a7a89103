// How this program uses GNU readline: its settings, and the modes of the terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace chat {

// Sets readline up, with `complete` for Tab, and puts the terminal into editing mode.
void set_up_readline(char** (*complete)(const char* word, int begin, int end));
// Editing mode stays on until restore_terminal(), between lines too: otherwise what is typed in between would be echoed
// twice, and the kernel would interpret ^R and ^W.
void take_terminal();
void restore_terminal();

// Whether this process may change the terminal and read from it: it is not in the background.
[[nodiscard]] bool is_in_foreground();

// If the terminal has another width than before: the number of rows that the edited line takes above the cursor now, or
// fewer where that is not certain. `rewraps`: the terminal wraps lines again.
[[nodiscard]] std::optional<std::size_t> rows_after_resize(bool rewraps);

// The rows above the end of `text` in a terminal of this width. Bytes between \001 and \002 take no room.
[[nodiscard]] std::size_t rows_above_end(std::string_view text, std::size_t columns);

}  // namespace chat
