// What the deletion of a message asks the log: whose message is this, and is it one of this place? And what it answers,
// as the text of a question and of an answer (question.h).
#pragma once

#include "chat-acceptor/questions/question.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace chat {

struct DeletionQuestion {
    std::uint64_t id = 0;       // of the message
    std::uint64_t session = 0;  // of the client that asks
    std::uint64_t account = 0;  // 0: a guest
    // Where the message may be: any of these.
    std::string_view room = {};  // empty: none
    bool is_lobby = false;
    std::uint64_t opened = 0;   // lower ids belong to an earlier room of this name
    std::uint64_t entered = 0;  // by the client, with this number: it has seen what has been said since
    // What it may see of the time before that, as in HistoryQuestion.
    bool has_history = false;
    std::uint64_t joined = 0;
    Microseconds registered = 0;
    std::uint32_t group = 0;          // 0: none
    std::uint64_t other_session = 0;  // of a conversation; 0: none
    std::uint64_t other_account = 0;  // the same

    [[nodiscard]] Question question() const;
    // Views into the text; empty if it is not such a question.
    [[nodiscard]] static std::optional<DeletionQuestion> of(std::string_view text);
};

struct DeletionAnswer {
    enum class Place : std::uint8_t { none, room, everyone, group, conversation };
    Place place = Place::none;           // none: there is no such message that the client may know of
    bool is_own = false;                 // it was sent by this client, or by its account
    bool is_visible = false;             // to this client, or it is its own
    bool is_gone = false;                // the log has no text of it: deleted, forgotten, or never kept
    std::uint64_t account = 0;           // for which it was asked
    std::uint64_t receiver_session = 0;  // of a direct message; 0: none
    std::uint64_t receiver_account = 0;

    [[nodiscard]] Answer answer() const;
    // Empty if no answer came.
    [[nodiscard]] static std::optional<DeletionAnswer> of(const Answer& answer);
};

}  // namespace chat
