// What Tab makes of a word: candidates for its position in the line.
#pragma once

#include "client/talk/directory.h"
#include "client/terminal/terminal.h"

#include <string_view>

namespace chat {

// `before` is the line up to `word`. What a command's argument can be is read from its usage: words with NAME or ID in
// them are people, ROOM rooms, GID groups, TARGET all of these, COMMAND commands, PATH a path; after a `…` the last one
// repeats. In plain text, names.
[[nodiscard]] Candidates complete(std::string_view before, std::string_view word, const Directory& directory);

}  // namespace chat
