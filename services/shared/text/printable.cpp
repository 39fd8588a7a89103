// What may reach a terminal: see printable.h.
#include "shared/text/printable.h"

#include "shared/text/text_rules.h"

#include <algorithm>
#include <cstddef>

namespace chat {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::size_t longest_character = 4;

// Bytes of the clean character at the front of `text`, or 0.
std::size_t clean_character(std::string_view text) {
    for (std::size_t length = 1; length <= std::min(longest_character, text.size()); ++length) {
        if (is_clean_text(text.substr(0, length))) return length;
    }
    return 0;
}

}  // namespace

std::string printable(std::string_view text) {
    if (is_clean_text(text)) return std::string(text);
    std::string result;
    while (!text.empty()) {
        const std::size_t length = clean_character(text);
        result += length != 0 ? text.substr(0, length) : replacement;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

}  // namespace chat
