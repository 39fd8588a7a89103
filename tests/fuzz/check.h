// What a fuzzer says of the code it feeds: a rule that does not hold ends the program, which libFuzzer takes for a
// finding and keeps the input.
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

// Well-formed UTF-8 without what protocol section 1 forbids in a line, by another way than the project's own: the C
// library takes the characters apart.
bool is_printable(std::string_view text);

// Descriptors that are open, seen from the number that the next one gets: the same before and after where none leaks
// and none is closed that was open.
int next_descriptor();

}  // namespace chat::fuzz
