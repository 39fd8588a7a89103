// A line from the server as JSON, for programs.
#pragma once

#include "shared/text/protocol.h"

#include <string>

namespace chat {

// One object on one line, without a line end: `kind`, then the line's fields under their own names, then `text` if
// the line has one. Ids, counts and sizes are numbers, `you` is true or false, all else is text as the server sent it,
// with U+FFFD in place of what is not clean text. The tag is left out.
[[nodiscard]] std::string json_line(const ServerLine& line);

}  // namespace chat
