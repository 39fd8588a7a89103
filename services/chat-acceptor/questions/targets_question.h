// What CHATHISTORY TARGETS asks the log: in which places was something said last between two times? And what it
// answers, as the text of a question and of an answer (question.h).
#pragma once

#include "chat-acceptor/questions/question.h"
#include "chat-acceptor/questions/unread_question.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

struct TargetsQuestion {
    UnreadQuestion places = {};  // those that the client may see
    Microseconds from = 0;       // both exclusive
    Microseconds until = 0;
    std::uint64_t limit = 0;  // places

    [[nodiscard]] Question question() const;
    // Views into the text; empty if it is not such a question.
    [[nodiscard]] static std::optional<TargetsQuestion> of(std::string_view text);
};

struct TargetPlace {
    std::uint64_t other = 0;     // of a conversation: the other account; 0: it is a room
    std::string_view name = {};  // of the room
    Microseconds at = 0;         // of its newest message
};
void append_target_place(std::string& places, const TargetPlace& place);
[[nodiscard]] std::optional<TargetPlace> take_target_place(std::string_view& places) noexcept;

// Its places are TargetPlace…, in the order of their times.
using TargetsAnswer = UnreadAnswer;

}  // namespace chat
