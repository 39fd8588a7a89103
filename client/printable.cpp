// What may reach a terminal: see printable.h.
#include "client/printable.h"

#include <cstddef>
#include <cstdint>

namespace chat {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Character {
    std::uint32_t code = 0;
    std::size_t length = 0;  // bytes; 0 = the bytes are no UTF-8
};

// The character at the front of `text`, which is not empty. Overlong forms and surrogates are no UTF-8.
Character first_character(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};

    std::size_t length = 0;
    std::uint32_t least = 0;
    if (lead >= 0xC2 && lead <= 0xDF) length = 2, least = 0x80;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3, least = 0x800;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4, least = 0x10000;
    if (length == 0 || text.size() < length) return {};

    std::uint32_t code = lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        code = (code << 6) | (byte(i) & 0x3F);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least || code > 0x10FFFF || surrogate) return {};
    return {code, length};
}

bool is_safe(std::uint32_t code) {
    const bool control = (code < 0x20 && code != '\t') || (code >= 0x7F && code <= 0x9F);
    const bool separator = code == 0x2028 || code == 0x2029;
    const bool bidirectional = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return !control && !separator && !bidirectional;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const Character character = first_character(text);
        const std::size_t length = character.length == 0 ? 1 : character.length;
        result += character.length != 0 && is_safe(character.code) ? text.substr(0, length) : replacement;
        text.remove_prefix(length);
    }
    return result;
}

}  // namespace chat
