// How a line looks on the screen: see style.h.
#include "client/terminal/style.h"

#include "shared/text/printable.h"

#include <algorithm>
#include <array>

namespace chat {

namespace {

constexpr std::string_view ordinary = "\x1b[0m";

// Of the 256 colours of xterm, whose 240 beyond the first 16 look the same in every terminal: those with a contrast of
// at least 4.5 to 1 on both black and white. Bold and underlined they make more speakers different.
std::string_view colour_of(std::size_t number) {
    constexpr std::array<std::string_view, colour_count> colours = {
        "\x1b[38;5;29m",   "\x1b[38;5;63m",   "\x1b[38;5;98m",   "\x1b[38;5;163m",
        "\x1b[1;38;5;29m", "\x1b[1;38;5;63m", "\x1b[1;38;5;98m", "\x1b[1;38;5;163m",
        "\x1b[4;38;5;29m", "\x1b[4;38;5;63m", "\x1b[4;38;5;98m", "\x1b[4;38;5;163m"};
    return colours[number % colours.size()];
}

std::string_view sequence(const Look& look) {
    switch (look.style) {
        case Style::plain:
            return "";
        case Style::news:
            return "\x1b[38;5;243m";
        case Style::speaker:
        case Style::room:
            return colour_of(look.colour);
        case Style::to_me:
            return "\x1b[1m";
        case Style::mention:
            return "\x1b[1;4m";
        case Style::trouble:
            return "\x1b[38;5;131m";
    }
    return "";
}

}  // namespace

std::string styled(std::string_view text, std::span<const Look> looks, bool colours) {
    if (!colours) return printable(text);
    std::string result;
    std::size_t done = 0;
    for (const Look& look : looks) {
        const std::string_view opening = sequence(look);
        if (opening.empty()) continue;
        const std::size_t begin = std::clamp(look.begin, done, text.size());
        const std::size_t end = std::clamp(look.end, begin, text.size());
        result += printable(text.substr(done, begin - done));
        result += opening;
        result += printable(text.substr(begin, end - begin));
        result += ordinary;
        done = end;
    }
    return result + printable(text.substr(done));
}

std::string styled(std::string_view text, Look look, bool colours) {
    return styled(text, {&look, 1}, colours);
}

std::string styled_prompt(std::string_view name, bool colours, std::string_view note) {
    std::string words = printable(name) + "> ";
    if (colours) words = "\001\x1b[1m\002" + words + "\001" + std::string(ordinary) + "\002";
    return printable(note) + words;
}

}  // namespace chat
