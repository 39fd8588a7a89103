// UTF-8 validation and the forms of names and tags.
#include "shared/text_rules.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace chat {
namespace {

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_word(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
}

bool is_forbidden(std::uint32_t point) noexcept {
    if (point < 0x20) return point != '\t';
    return (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029 ||
           (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

// Eight bytes that are all printable ASCII need no closer look; most lines are made of them.
bool is_plain_word(const char* bytes) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    const std::uint64_t below_space = (word - ones * 0x20) & ~word & highs;
    const std::uint64_t del = word ^ (ones * 0x7f);
    const std::uint64_t is_del = (del - ones) & ~del & highs;
    return ((word & highs) | below_space | is_del) == 0;
}

}  // namespace

bool is_clean_text(std::string_view text) noexcept {
    std::size_t i = 0;
    while (i < text.size()) {
        if (i + 8 <= text.size() && is_plain_word(text.data() + i)) {
            i += 8;
            continue;
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
    return !name.empty() && name.size() <= max_name_size && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(), is_word);
}

bool is_tag(std::string_view tag) noexcept {
    return !tag.empty() && tag.size() <= max_tag_size && std::all_of(tag.begin(), tag.end(), is_word);
}

std::size_t count_code_points(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

std::string fold_case(std::string_view text) {
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(), lower_case);
    return folded;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](char a, char b) { return lower_case(a) == lower_case(b); });
}

}  // namespace chat
