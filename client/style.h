// How a line looks on the screen: what it is about decides, and colours are only one way to show it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

enum class Style {
    plain,
    news,     // from the server: who comes and goes, answers
    speaker,  // the name before what somebody says; in one of several colours, by the name
    to_me,    // said to the viewer alone
    mention,  // the viewer's name is in it
    trouble,  // not done, not sent
};

struct Look {
    Style style = Style::plain;
    std::size_t begin = 0;  // the bytes that look so; the others are plain
    std::size_t end = std::string_view::npos;
};

// `text` made fit for a terminal, see printable(), with its look as escape sequences where `colours` says so. No
// sequence outlives the text.
[[nodiscard]] std::string dressed(std::string_view text, Look look, bool colours);

// The prompt for whoever `name` is, as readline wants it: what is not seen stands between \001 and \002.
[[nodiscard]] std::string dressed_prompt(std::string_view name, bool colours);

}  // namespace chat
