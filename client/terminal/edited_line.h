// Where readline edits a line: the modes of the terminal, and the rows that the line takes.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace chat {

// Editing mode stays on until restore_terminal(), between lines too: otherwise what is typed in between would be echoed
// twice, and the kernel would interpret ^R and ^W.
void take_terminal();
void restore_terminal();
// In place of restoring the modes after each line.
void keep_terminal();

// Whether this process may change the terminal and read from it: it is not in the background.
[[nodiscard]] bool is_in_foreground();

// Draws the line again, on a row of its own.
void redraw_line();
// Empties the line, and ends a search of the history.
void empty_line();
// Input waits to be read.
[[nodiscard]] bool has_input();
// The width of the terminal, and where the edited line is in it.
class LineWidth {
  public:
    // If the terminal has another width, erases the line where it is now and draws it again. readline itself would go
    // up by the rows of the old width, into what others have said. `has_line`: there is a line.
    void follow(bool has_line);
    // Until it is certain where the line is, after a change; 0: it is.
    [[nodiscard]] int milliseconds_left() const noexcept;

  private:
    std::chrono::steady_clock::time_point settled_at_{};
};

// The rows above the end of `text` in a terminal of this width. Bytes between \001 and \002 take no room.
[[nodiscard]] std::size_t rows_above_end(std::string_view text, std::size_t columns);

}  // namespace chat
