// What Tab makes of a word, in the form that readline expects.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// What Tab can make of a word.
struct Candidates {
    std::vector<std::string> words;  // sorted, each once
    bool end_line = false;           // nothing can follow them: do not add a space
};
// Returns what Tab can make of `word`; `before` is the line up to it.
using Completer = std::function<Candidates(std::string_view before, std::string_view word)>;

// Decides from now on. One for the process, like readline's own state.
void set_completer(Completer completer);
// For rl_attempted_completion_function, with the word from `begin` to the cursor: what all candidates have in common,
// the candidates if there are several, and a null, in memory that readline frees. Null if there are none.
[[nodiscard]] char** matches_for_readline(const char* word, int begin, int end);

}  // namespace chat
