// "Did you mean …?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chat {

// The candidate that differs least from `word`, ignoring case: by one wrong, missing, added or swapped letter, or two
// in longer words, or because it is the only one that begins with it. Empty if there is none.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace chat
