// What /history asks the log, and what it answers, as the text of a question and of an answer (question.h).
#pragma once

#include "chat-acceptor/questions/question.h"
#include "shared/records/error_code.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

struct HistoryQuestion {
    // Of which side of the allowed range the page is.
    enum class Select : std::uint8_t { newest, oldest, around };

    std::string_view room = {};  // empty: a conversation
    bool is_lobby = false;
    std::uint64_t account = 0;    // of the client that asks; 0: a guest
    std::uint64_t other = 0;      // of a conversation: the other account
    std::string_view guest = {};  // of one with a guest: the name that it had; `account` is not 0
    // What the client may see: rows from these on. `opened`: what nobody may see before it, unless the operator keeps
    // the room's history.
    std::uint64_t opened = 0;
    std::uint64_t joined = 0;
    Microseconds registered = 0;
    // What it asks for, both inclusive.
    std::uint64_t lowest = 0;
    std::uint64_t highest = ~std::uint64_t{0};
    Microseconds since = 0;      // 0: no such condition
    Microseconds until = 0;      // rows before this time; 0: no such condition
    std::uint64_t middle = 0;    // around this one
    Microseconds middle_at = 0;  // or around this time, if it is not 0
    Select select = Select::newest;
    std::uint64_t limit = 0;  // rows
    std::uint64_t bytes = 0;  // of the page's lines
    bool has_topics = false;  // of the room: each is a row

    [[nodiscard]] bool is_conversation() const noexcept { return other != 0 || !guest.empty(); }
    [[nodiscard]] Question question() const;
    // Views into the text; empty if it is not such a question.
    [[nodiscard]] static std::optional<HistoryQuestion> of(std::string_view text);
};

struct HistoryAnswer {
    std::optional<ErrorCode> refusal = {};
    std::uint64_t account = 0;  // for which it was asked
    std::uint64_t other = 0;    // of the question
    std::uint64_t upto = 0;
    std::uint64_t count = 0;
    bool more = false;
    bool complete = true;
    std::string_view rows = {};  // HistoryInfo…

    [[nodiscard]] Answer answer() const;
    // Empty if no answer came.
    [[nodiscard]] static std::optional<HistoryAnswer> of(const Answer& answer);
};

}  // namespace chat
