// The fuzzers' assertions: a violated rule ends the program, which libFuzzer treats as a finding, so it keeps the
// input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace chat::fuzz {

inline void require(bool holds, std::string_view rule) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(rule.size()), rule.data());
    std::abort();
}

// Well-formed UTF-8 without what protocol section 1 forbids in a line, checked independently of the project's code: the
// C library decodes the characters.
bool is_printable(std::string_view text);

// The number that the next descriptor gets: the same before and after if none leaks and no open one is closed.
int next_descriptor();

}  // namespace chat::fuzz
