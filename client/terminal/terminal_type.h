// What the terminal can do, by its TERM and other variables.
#pragma once

namespace chat {

// It cannot move the cursor, or its type is not known.
[[nodiscard]] bool is_dumb_terminal();
// Its window has a title; the kernel's consoles have none.
[[nodiscard]] bool has_window_title();

// It wraps its lines again when its width changes, so that they take other rows. False: it does not, or nobody knows.
[[nodiscard]] bool rewraps_lines();

}  // namespace chat
