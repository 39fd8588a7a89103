// The text rules of protocol sections 1 and 2: what a line may contain and which names are valid. No state, no sockets.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace chat {

inline constexpr std::size_t max_name_size = 32;  // bytes of a chosen, assigned or room name
inline constexpr std::size_t max_tag_size = 32;   // bytes of a command's tag

// True for well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF) without control
// characters other than TAB, line or paragraph separators, bidirectional controls, tag characters (U+E0000 to U+E007F)
// and noncharacters. The joiners U+200C and U+200D are allowed, because scripts and emoji need them.
[[nodiscard]] bool is_clean_text(std::string_view text) noexcept;

// True for printable ASCII, as most lines are. Fast.
[[nodiscard]] bool is_plain_text(std::string_view text) noexcept;

// True for the names of clients: 1 to 32 letters, digits and _ . - [ ] { } \ | ^ ` of which the first is not a digit,
// a dot or a dash.
[[nodiscard]] bool is_name(std::string_view name) noexcept;

// True for the names of rooms: 1 to 32 bytes of clean text without spaces, tabs, commas and slashes; the first
// character is a letter, a digit or not ASCII.
[[nodiscard]] bool is_room_name(std::string_view name) noexcept;

// True for 1-32 characters of A-Z a-z 0-9 . _ -
[[nodiscard]] bool is_tag(std::string_view tag) noexcept;

// Number of code points in well-formed UTF-8.
[[nodiscard]] std::size_t count_code_points(std::string_view text) noexcept;

// ASCII lower case: names and command words are compared this way.
[[nodiscard]] constexpr char lower_case(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] std::string fold_case(std::string_view text);
// Without the spaces and TABs at both ends.
[[nodiscard]] std::string trimmed(std::string_view text);
// For maps whose keys are lower-case names: looks up a name in any spelling (with std::equal_to<>).
struct FoldedName {
    // A text that is too long for a name becomes empty.
    explicit FoldedName(std::string_view name) noexcept;
    operator std::string_view() const noexcept { return {text, size}; }
    char text[max_name_size] = {};
    std::size_t size;
};
struct NameHash {
    using is_transparent = void;
    // Not noexcept, so that libstdc++ caches the hash of each key instead of recomputing it for each comparison.
    [[nodiscard]] std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
};
template <typename Value>
using ByName = std::unordered_map<std::string, Value, NameHash, std::equal_to<>>;  // names in lower case
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

// Takes a piece of at most `most` bytes off the text: up to the last space that fits, and never within a character.
[[nodiscard]] std::string_view take_piece(std::string_view& text, std::size_t most) noexcept;

}  // namespace chat
