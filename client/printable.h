// What may reach a terminal: nothing that a server sends can move the cursor, colour, beep or turn the text around.
#pragma once

#include <string>
#include <string_view>

namespace chat {

// A copy of `text` that is valid UTF-8 and holds no control character but TAB. Each byte of broken UTF-8, each control
// character (C0, DEL, C1), line or paragraph separator and bidirectional control becomes one U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace chat
