// The columns that text takes in a terminal.
#pragma once

#include <cstddef>
#include <string_view>

namespace chat {

// The columns of the next character (UTF-8) in a row in which `column` columns are taken; the character is removed from
// `text`, which is not empty. A TAB reaches to the next multiple of 8, as terminals have it; other control characters
// count as `^X`, as readline shows them; a byte that begins no character counts as one column.
[[nodiscard]] std::size_t take_columns(std::string_view& text, std::size_t column);

}  // namespace chat
