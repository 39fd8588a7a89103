// Breaks lines between words, as wide as the window is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

// `text` (UTF-8, printable, with escape sequences of styled() in it) with line ends between words, so that each row
// fits `width` columns; rows after the first begin with two blanks. A word that is wider than a row is left to the
// terminal to break, so that it can be copied in one piece. No change if `width` is too small to be of use, or 0.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width);

// Columns of the window on standard output; 0 if that is no terminal.
[[nodiscard]] std::size_t window_width();

}  // namespace chat
