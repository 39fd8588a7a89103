// THE TABLE of commands: every command is one row with its name, the arguments it takes, the act that it asks for, and
// its description in /help. The function in acts/ that takes the act performs it.
//
// To add a command: an act in acts/act.h with its perform(), and a row here; then `./dev documents`.
#pragma once

#include "chat-acceptor/acts/act.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace chat {

// What may follow a command: words without spaces, or any text that is not empty. `optional` may be empty. Spaces after
// the last word are ignored.
enum class Shape : std::uint8_t {
    none,
    optional,
    word,
    one_or_two_words,
    two_words,
    three_words,
    text,
    word_and_text,
    word_and_words,  // the text after the first word may be empty
    word_and_optional,
    two_words_and_optional,
    three_words_and_text,
};

// As the shape defines them; arguments that it lacks are empty.
struct Arguments {
    std::string_view first = {};
    std::string_view second = {};
    std::string_view third = {};
    std::string_view text = {};
    bool fit = true;  // else the text does not have that shape
};
[[nodiscard]] Arguments split_arguments(Shape shape, std::string_view text) noexcept;

struct Command {
    std::string_view name;  // with its slash, in lower case
    Shape shape;
    Act (*act)(const Arguments& arguments);              // null: /help, which the dialect answers
    std::string_view usage;                              // "ID|NAME TEXT"
    std::string_view meaning;                            // one sentence without its full stop
    bool is_secret = false;                              // its arguments contain a password or token
    bool (*fits)(const Arguments& arguments) = nullptr;  // what else must be true of its arguments
};

// Sorted by name.
[[nodiscard]] std::span<const Command> command_table() noexcept;
// By name, ignoring case; nullptr if there is none.
[[nodiscard]] const Command* find_command(std::string_view name) noexcept;

}  // namespace chat
