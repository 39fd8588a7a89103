// What /unread asks the log, and what it answers, as the text of a question and of an answer (question.h).
#pragma once

#include "chat-acceptor/questions/history_question.h"
#include "chat-acceptor/questions/question.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

struct UnreadQuestion {
    std::uint64_t account = 0;
    bool has_talks = true;  // conversations too
    // Rooms that the client is in, and what it may see of each.
    std::vector<HistoryQuestion> rooms = {};

    [[nodiscard]] Question question() const;
    // Views into the text; empty if it is not such a question.
    [[nodiscard]] static std::optional<UnreadQuestion> of(std::string_view text);
};

// A place with messages that the account has not seen.
struct UnreadPlace {
    std::uint64_t other = 0;     // of a conversation: the other account; 0: it is a room
    std::string_view name = {};  // of the room; or that the other account had in its last message
    std::uint64_t count = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};
void append_unread_place(std::string& places, const UnreadPlace& place);
[[nodiscard]] std::optional<UnreadPlace> take_unread_place(std::string_view& places) noexcept;

struct UnreadAnswer {
    std::uint64_t account = 0;     // for which it was asked
    std::string_view places = {};  // UnreadPlace…

    [[nodiscard]] Answer answer() const;
    // Empty if no answer came.
    [[nodiscard]] static std::optional<UnreadAnswer> of(const Answer& answer);
};

}  // namespace chat
