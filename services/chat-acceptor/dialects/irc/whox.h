// What WHO asks for besides its mask: `o`, and the fields and the token of WHOX (IRCv3). Parsing only.
#pragma once

#include <optional>
#include <string_view>

namespace chat::irc {

// A view into the parameter that was parsed.
struct WhoOptions {
    bool only_operators = false;
    // The letters of the fields that are known and were asked for, each once, in the order in which an answer has them;
    // empty: the answer is the ordinary one.
    struct Fields {
        char letters[16] = {};
        unsigned size = 0;
        [[nodiscard]] std::string_view view() const noexcept { return {letters, size}; }
    } fields;
    std::string_view token = "0";  // one to three digits
};
// `[FLAGS][%FIELDS[,TOKEN]]`: what is not known is ignored.
[[nodiscard]] WhoOptions parse_who_options(std::string_view text) noexcept;

}  // namespace chat::irc
