// Lines with passwords and tokens, which are neither remembered nor shown.
#pragma once

#include <string>
#include <string_view>

namespace chat {

// The line is a command with a password or a token in it.
[[nodiscard]] bool has_secret(std::string_view line);
// The same line with *** in place of them.
[[nodiscard]] std::string masked(std::string_view line);

}  // namespace chat
