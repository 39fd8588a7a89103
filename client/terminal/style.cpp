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
std::string_view colour_of(std::string_view name) {
    constexpr std::array<std::string_view, 12> colours = {"\x1b[38;5;29m",   "\x1b[38;5;63m",    "\x1b[38;5;98m",
                                                          "\x1b[38;5;163m",  "\x1b[1;38;5;29m",  "\x1b[1;38;5;63m",
                                                          "\x1b[1;38;5;98m", "\x1b[1;38;5;163m", "\x1b[4;38;5;29m",
                                                          "\x1b[4;38;5;63m", "\x1b[4;38;5;98m",  "\x1b[4;38;5;163m"};
    unsigned sum = 0;
    for (const char c : name) sum = sum * 31 + static_cast<unsigned char>(c);
    return colours[sum % colours.size()];
}

std::string_view sequence(Style style, std::string_view text) {
    switch (style) {
        case Style::plain:
            return "";
        case Style::news:
            return "\x1b[38;5;243m";
        case Style::speaker:
            return colour_of(text.substr(0, text.find_first_of(" :")));
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

std::string styled(std::string_view text, Look look, bool colours) {
    const std::size_t begin = std::min(look.begin, text.size());
    const std::size_t end = std::clamp(look.end, begin, text.size());
    const std::string_view middle = text.substr(begin, end - begin);
    const std::string_view opening = colours ? sequence(look.style, middle) : "";
    if (opening.empty()) return printable(text);
    std::string result = printable(text.substr(0, begin));
    result += opening;
    result += printable(middle);
    result += ordinary;
    return result + printable(text.substr(end));
}

std::string styled_prompt(std::string_view name, bool colours) {
    std::string words = printable(name) + "> ";
    if (!colours) return words;
    return "\001\x1b[1m\002" + words + "\001" + std::string(ordinary) + "\002";
}

}  // namespace chat
