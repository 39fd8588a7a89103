// The spelling of what a client sends: one line of bytes becomes a tag, a command word and its text. Reading only:
// what a command means is decided elsewhere, and what the server answers is spelled elsewhere.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace chat {

// Views into the line that was parsed.
struct ClientLine {
    std::string_view tag;      // empty where the line has none
    std::string_view command;  // with its slash, as typed; empty: `text` is said in the lobby
    std::string_view text;     // everything after the command's one space, spaces and all
};

// `line` has neither its LF nor the CR before it, and is clean text. Knows `@TAG /COMMAND`, `//text` and the bare words
// exit and quit.
[[nodiscard]] ClientLine parse_client_line(std::string_view line) noexcept;

// The tag of a line that is not acted on (too long, not clean text), or an empty view.
[[nodiscard]] std::string_view find_tag(std::string_view line) noexcept;

// The first word of `text` and the text after the one space that follows it.
struct FirstWord {
    std::string_view word;
    std::string_view rest;
};
[[nodiscard]] FirstWord split_first_word(std::string_view text) noexcept;

// The number that all of `text` spells in decimal digits; empty where it is anything else, or too large.
template <std::unsigned_integral Number>
[[nodiscard]] std::optional<Number> whole_number(std::string_view text) noexcept {
    Number number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace chat
