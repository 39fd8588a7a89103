// What can be known of the terminal from the environment.
#pragma once

namespace chat {

// No cursor movement: nothing can be redrawn.
[[nodiscard]] bool is_dumb_terminal();
// It has a window title. The kernel's consoles have none.
[[nodiscard]] bool has_window_title();
// It wraps its lines again when its width changes, so that they take other rows. False: it does not, or nobody knows.
[[nodiscard]] bool rewraps_lines();

}  // namespace chat
