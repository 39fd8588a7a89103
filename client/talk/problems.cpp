// What had no effect: see problems.h.
#include "client/talk/problems.h"

#include "shared/text/printable.h"

#include <cstdio>

namespace chat {

void Problems::report(const std::string& words) {
    if (terminal_.is_interactive()) return terminal_.show(words, {Style::trouble});
    std::fprintf(stderr, "chat-client: %s\n", printable(words).c_str());
    fail();
}

void Problems::report_long_line() {
    report("A line of more than " + std::to_string(Terminal::longest_line) + " bytes was not sent.");
}

void Problems::report_paste(std::size_t lines) {
    if (lines > 0) report("Not sent: " + lines_in_words(lines) + " of the paste.");
}

std::string lines_in_words(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " line" : " lines");
}

}  // namespace chat
