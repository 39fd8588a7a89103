// What the terminal can do, by its TERM.
#pragma once

namespace chat {

// It cannot move the cursor, or its type is not known.
[[nodiscard]] bool is_dumb_terminal();
// Its window has a title; the kernel's consoles have none.
[[nodiscard]] bool has_window_title();

}  // namespace chat
