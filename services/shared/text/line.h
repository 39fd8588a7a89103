// The syntax of what a client sends: one line of bytes becomes a tag, a command word and its text. Parsing only: other
// files decide what a command means and how the server's answers are written.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace chat {

// Views into the line that was parsed.
struct ClientLine {
    std::string_view tag;      // empty if the line has none
    std::string_view command;  // with its slash, as typed; empty: `text` is posted to the lobby
    std::string_view text;     // everything after the single space behind the command, unchanged
};

// `line` has neither its LF nor the CR before it, and is clean text. Understands `@TAG /COMMAND`, `//text` and the bare
// words exit and quit.
[[nodiscard]] ClientLine parse_client_line(std::string_view line) noexcept;

// The tag of a rejected line (too long, not clean text), or an empty view.
[[nodiscard]] std::string_view find_tag(std::string_view line) noexcept;

// The first word of `text` and the text after the one space that follows it.
struct FirstWord {
    std::string_view word;
    std::string_view rest;
};
[[nodiscard]] FirstWord split_first_word(std::string_view text) noexcept;

// All words of `text`, however many spaces separate them.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view text);

// The number, if all of `text` is decimal digits; empty for anything else or a number that is too large.
template <std::unsigned_integral Number>
[[nodiscard]] std::optional<Number> whole_number(std::string_view text) noexcept {
    Number number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace chat
