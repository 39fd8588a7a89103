// What Tab makes of a word: candidates for the place where it stands.
#pragma once

#include "client/directory.h"

#include <string>
#include <string_view>
#include <vector>

namespace chat {

struct Candidates {
    std::vector<std::string> words;  // sorted, each once
    bool are_paths = false;          // the word is a path: the files are to be looked at
};

// `before` is the line up to `word`. What a command's argument can be is read from its usage: words with NAME or ID in
// them are people, ROOM rooms, GID groups, TARGET all of these, COMMAND commands, PATH a path; after a `…` the last one
// is repeated. In plain text, names.
[[nodiscard]] Candidates complete(std::string_view before, std::string_view word, const Directory& directory);

}  // namespace chat
