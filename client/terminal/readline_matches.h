// The candidates for Tab in the form that readline expects.
#pragma once

#include <string>
#include <vector>

namespace chat {

// What all words have in common, the words if there are several, and a null, in memory that readline frees. Null
// if there are no words.
[[nodiscard]] char** matches_for_readline(const std::vector<std::string>& words);

}  // namespace chat
