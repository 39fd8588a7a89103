// How a line looks on the screen, by what it is about; colours are only one way to show that.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace chat {

enum class Style {
    plain,
    news,     // from the server: arrivals, departures, answers
    speaker,  // the name before a message, in the speaker's colour
    room,     // where it was written, in the room's colour
    to_me,    // sent to the viewer alone
    mention,  // the viewer's name is in it
    trouble,  // refused, not sent
};

struct Look {
    Style style = Style::plain;
    std::size_t begin = 0;  // the bytes with this style; the others are plain
    std::size_t end = std::string_view::npos;
    std::size_t colour = 0;  // of a speaker or a room
};

// Colours of speakers and rooms are numbers below this.
inline constexpr std::size_t colour_count = 12;

// `text` made fit for a terminal, see printable(), with the looks of its parts, in their order, as escape sequences
// where `colours` says so. No sequence has an effect after its part.
[[nodiscard]] std::string styled(std::string_view text, std::span<const Look> looks, bool colours);
[[nodiscard]] std::string styled(std::string_view text, Look look, bool colours);

// The prompt for the target `name`, after a note, as readline expects it: invisible parts between \001 and \002.
[[nodiscard]] std::string styled_prompt(std::string_view name, bool colours, std::string_view note = {});

}  // namespace chat
