// A text as lines of IRC. A long one, or one with line breaks, becomes several: a batch for those who have asked for
// draft/multiline and batch, otherwise lines that their client shows one after the other. None is cut.
#pragma once

#include "chat-delivery/dialects/dialect.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace chat::irc {

// What stands between `:source ` and the target in the line that opens such a batch. Only one is open in a connection
// at a time.
inline constexpr std::string_view opens_lines = "BATCH +lines draft/multiline";

struct TextLines {
    std::string_view begin;    // `:source COMMAND target`
    std::string_view opening;  // `:source BATCH +lines draft/multiline target`
    std::string_view text;
    bool is_action = false;  // CTCP ACTION
    // Where a line was continued by whoever wrote it: joints_in().
    std::span<const std::uint16_t> joints = {};
    // With the @ and the space, for lines that get no others: of the first, and of those after it.
    std::string_view first_tags = {};
    std::string_view further_tags = {};
};
void append_lines_of_text(const WriterContext& context, std::string& out, const TextLines& lines);

}  // namespace chat::irc
