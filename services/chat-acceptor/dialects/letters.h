// Finding the command of a table by its first letter.
#pragma once

#include "shared/text/text_rules.h"

#include <array>
#include <cstddef>

namespace chat {

inline constexpr std::size_t letters = 26;
// 0 for a or A; beyond the last if it is not a letter.
[[nodiscard]] constexpr std::size_t letter_number(char c) noexcept {
    return static_cast<std::size_t>(lower_case(c) - 'a');
}
// Of a table sorted by name: the first row with each letter at `at`; after the last letter, where the table ends.
template <typename Table>
[[nodiscard]] constexpr auto rows_by_letter(const Table& table, std::size_t at) {
    std::array<std::size_t, letters + 1> firsts{};
    for (std::size_t letter = 0; letter <= letters; ++letter)
        while (firsts[letter] < table.size() && letter_number(table[firsts[letter]].name[at]) < letter)
            ++firsts[letter];
    return firsts;
}

}  // namespace chat
