// IRC's codes for bold, colours and so on: the control characters that a text from an IRC client may contain.
#pragma once

#include <string>
#include <string_view>

namespace chat {

[[nodiscard]] bool has_formatting(std::string_view text) noexcept;
// The text without them, and without any other control character but the tab.
[[nodiscard]] std::string without_formatting(std::string_view text);

}  // namespace chat
