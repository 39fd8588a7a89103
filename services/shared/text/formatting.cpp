// modern.ircdocs.horse/formatting
#include "shared/text/formatting.h"

#include "shared/text/text_rules.h"

#include <algorithm>
#include <cstddef>

namespace chat {
namespace {

constexpr char color = '\x03';
constexpr char hex_color = '\x04';

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t';
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Bytes at the beginning of `text` that are such digits, at most `most`.
template <typename IsDigit>
std::size_t count_digits(std::string_view text, std::size_t most, IsDigit is) noexcept {
    const std::string_view first = text.substr(0, most);
    return static_cast<std::size_t>(std::find_if_not(first.begin(), first.end(), is) - first.begin());
}

// What belongs to a code that begins with this character: the colours of text and background.
template <typename IsDigit>
std::size_t size_of_colors(std::string_view text, std::size_t most, IsDigit is) noexcept {
    const std::size_t size = count_digits(text, most, is);
    if (size == 0 || !text.substr(size).starts_with(',')) return size;
    const std::size_t background = count_digits(text.substr(size + 1), most, is);
    return background == 0 ? size : size + 1 + background;
}

}  // namespace

bool has_formatting(std::string_view text) noexcept {
    return !is_plain_text(text) && std::any_of(text.begin(), text.end(), is_control);
}

std::string without_formatting(std::string_view text) {
    constexpr std::size_t color_digits = 2;
    constexpr std::size_t hex_color_digits = 6;
    std::string plain;
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == color)
            text.remove_prefix(size_of_colors(text, color_digits, is_digit));
        else if (c == hex_color)
            text.remove_prefix(size_of_colors(text, hex_color_digits, is_hex_digit));
        else if (c == '\n')
            plain.append(shown_line_break);
        else if (!is_control(c))
            plain.push_back(c);
    }
    return plain;
}

}  // namespace chat
