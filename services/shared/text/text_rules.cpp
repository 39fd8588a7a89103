// UTF-8 validation and the forms of names and tags.
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace chat {
namespace {

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_word_character(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
}

bool is_forbidden(std::uint32_t point) noexcept {
    if (point < 0x20) return point != '\t';
    if (point < 0x61c) return point >= 0x7f && point <= 0x9f;
    const auto is_in = [point](std::uint32_t first, std::uint32_t last) { return point >= first && point <= last; };
    const bool is_separator = is_in(0x2028, 0x2029);
    // The property Bidi_Control of Unicode.
    const bool is_bidirectional =
        point == 0x61c || is_in(0x200e, 0x200f) || is_in(0x202a, 0x202e) || is_in(0x2066, 0x2069);
    const bool is_tag = is_in(0xe0000, 0xe007f);
    const bool is_noncharacter = is_in(0xfdd0, 0xfdef) || (point & 0xfffeU) == 0xfffe;
    return is_separator || is_bidirectional || is_tag || is_noncharacter;
}

// Compilers turn this into a few vector instructions.
constexpr std::size_t block = 16;
using Marks = std::array<unsigned char, block>;
void mark_outside(const char* bytes, Marks& outside) noexcept {
    for (std::size_t i = 0; i < block; ++i)
        outside[i] |= static_cast<unsigned char>(static_cast<unsigned char>(bytes[i] - ' ') > '~' - ' ');
}
bool is_plain_block(const char* bytes) noexcept {
    Marks outside{};
    mark_outside(bytes, outside);
    return outside == Marks{};
}

}  // namespace

bool is_plain_text(std::string_view text) noexcept {
    if (text.size() < block) return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    Marks outside{};
    for (std::size_t i = 0; i + block <= text.size(); i += block) mark_outside(text.data() + i, outside);
    mark_outside(text.data() + text.size() - block, outside);  // may overlap the one before it
    return outside == Marks{};
}

bool is_clean_text(std::string_view text) noexcept {
    if (is_plain_text(text)) return true;
    std::size_t i = 0;
    while (i < text.size()) {
        if (text.size() >= block) {
            // The last block may overlap the one before it.
            const std::size_t start = std::min(i, text.size() - block);
            if (is_plain_block(text.data() + start)) {
                i = start + block;
                continue;
            }
        }
        const auto lead = static_cast<unsigned char>(text[i]);
        std::size_t length = 0;
        std::uint32_t point = 0;
        if (lead < 0x80) {
            length = 1;
            point = lead;
        } else if (lead >= 0xc2 && lead <= 0xdf) {
            length = 2;
            point = lead & 0x1fU;
        } else if (lead >= 0xe0 && lead <= 0xef) {
            length = 3;
            point = lead & 0x0fU;
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            length = 4;
            point = lead & 0x07U;
        } else {
            return false;
        }
        if (i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if ((next & 0xc0U) != 0x80) return false;
            point = point << 6U | (next & 0x3fU);
        }
        if ((length == 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) ||
            (length == 4 && (point < 0x10000 || point > 0x10ffff)) || is_forbidden(point))
            return false;
        i += length;
    }
    return true;
}

bool is_name(std::string_view name) noexcept {
    const auto is_special = [](char c) { return std::string_view("[]{}\\|^_`").find(c) != std::string_view::npos; };
    return !name.empty() && name.size() <= max_name_size && (is_letter(name.front()) || is_special(name.front())) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_word_character(c) || is_special(c); });
}

bool is_room_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > max_name_size || !is_clean_text(name)) return false;
    const char first = name.front();
    const bool is_ascii = static_cast<unsigned char>(first) < 0x80;
    return (!is_ascii || is_letter(first) || is_digit(first)) && name.find_first_of(" \t,/") == std::string_view::npos;
}

bool is_tag(std::string_view tag) noexcept {
    return !tag.empty() && tag.size() <= max_tag_size && std::all_of(tag.begin(), tag.end(), is_word_character);
}

std::size_t count_code_points(std::string_view text) noexcept {
    if (is_plain_text(text)) return text.size();
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

std::string fold_case(std::string_view text) {
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(), lower_case);
    return folded;
}

FoldedName::FoldedName(std::string_view name) noexcept : size(name.size() <= max_name_size ? name.size() : 0) {
    std::copy_n(name.data(), size, text);
    for (char& c : text) c = lower_case(c);  // all of them: a few vector instructions
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(blanks) + 1 - begin));
}

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](char a, char b) { return lower_case(a) == lower_case(b); });
}

std::string_view take_piece(std::string_view& text, std::size_t most) noexcept {
    std::size_t size = text.size();
    if (size > most) {
        size = most;
        while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80) --size;
        if (const std::size_t space = text.substr(0, size + 1).rfind(' '); space != std::string_view::npos && space > 0)
            size = space;
        if (size == 0) size = most;  // not UTF-8
    }
    const std::string_view piece = text.substr(0, size);
    text.remove_prefix(size);
    if (text.starts_with(' ')) text.remove_prefix(1);
    return piece;
}

}  // namespace chat
