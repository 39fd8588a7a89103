// A text in the lines that show it where a line has a limit: each of its own lines, in one or more pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace chat {

struct TextPiece {
    std::string_view text;   // may be empty: so is that line
    bool continues = false;  // the line of the piece before it
};

// What happens to the space that a line is split at.
enum class SplitSpace : std::uint8_t { dropped, kept };

// At least one piece, each of at most `most` bytes and whole characters, split at spaces where there are some.
// `joints`: offsets into the text, in ascending order, where a line is split anyway; others are ignored.
[[nodiscard]] std::vector<TextPiece> pieces_of(std::string_view text, std::size_t most, SplitSpace space,
                                               std::span<const std::uint16_t> joints = {});

}  // namespace chat
