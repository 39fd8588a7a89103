// What may reach a terminal: nothing that a server sends can move the cursor, set colours, beep or reverse the text.
#pragma once

#include <string>
#include <string_view>

namespace chat {

// A copy of `text` that is clean as defined in shared/text/text_rules.h. Each byte of anything else (broken UTF-8,
// control characters except TAB, line and paragraph separators, bidirectional controls) becomes one U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace chat
