// "Did you mean …?": see suggestion.h.
#include "shared/text/suggestion.h"

#include "shared/text/text_rules.h"

#include <algorithm>
#include <cstddef>

namespace chat {

namespace {

constexpr std::size_t shortest_word = 4;
constexpr std::size_t longest_word = 64;
constexpr std::size_t long_word = 5;  // may have two mistakes

// Mistakes between the two, with neighbours swapped as one (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
        }
    }
    return table[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.size() < shortest_word || word.size() > longest_word) return {};
    const std::string folded = fold_case(word);
    const std::size_t most = word.size() >= long_word ? 2 : 1;
    std::string best;
    std::size_t least = most + 1;
    std::vector<std::string> beginnings;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > longest_word) continue;
        const std::string other = fold_case(candidate);
        if (other.starts_with(folded)) beginnings.push_back(candidate);
        const std::size_t found = distance(folded, other);
        if (found >= least) continue;
        least = found;
        best = candidate;
    }
    return least > 1 && beginnings.size() == 1 ? beginnings.front() : best;
}

}  // namespace chat
