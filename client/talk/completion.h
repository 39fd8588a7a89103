// What Tab makes of a word: candidates for its position in the line.
#pragma once

#include "client/talk/directory.h"
#include "client/terminal/terminal.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// Everything that `begun`, the rest of a line, can become; `kind` is the argument's name in the usage.
using RestCompleter = std::function<std::vector<std::string>(std::string_view kind, std::string_view begun)>;

// `before` is the line up to `word`. What a command's argument can be is read from its usage: words with NAME or ID in
// them are people, ROOM rooms, GID groups, TARGET all of these, COMMAND commands; after a `…` the last one repeats.
// PATH and FILE are the whole rest of the line, with its spaces; a companion completes them. In plain text, names.
[[nodiscard]] Candidates complete(std::string_view before, std::string_view word, const Directory& directory,
                                  const RestCompleter& complete_rest = {});

}  // namespace chat
