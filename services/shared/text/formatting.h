// IRC's codes for bold, colours and so on, and line breaks: the control characters that a text from an IRC client may
// contain.
#pragma once

#include <string>
#include <string_view>

namespace chat {

[[nodiscard]] bool has_formatting(std::string_view text) noexcept;
// How line breaks are shown where a text is one line.
inline constexpr std::string_view shown_line_break = " \u21b5 ";
// The text without them, and without any other control character but the tab: line breaks become visible.
[[nodiscard]] std::string without_formatting(std::string_view text);

}  // namespace chat
