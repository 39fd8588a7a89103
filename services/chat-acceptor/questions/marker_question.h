// What MARKREAD asks the log: up to which time has a reader read a place? And what it answers, as the text of a
// question and of an answer (question.h).
#pragma once

#include "chat-acceptor/questions/question.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace chat {

struct MarkerQuestion {
    std::uint64_t account = 0;    // 0: a guest
    std::uint64_t session = 0;    // of the client
    std::uint64_t other = 0;      // of a conversation: the other account
    std::string_view place = {};  // otherwise: room:NAME, or the name of a guest
    Microseconds at = 0;          // to be set; 0: none

    [[nodiscard]] Question question() const;
    // Views into the text; empty if it is not such a question.
    [[nodiscard]] static std::optional<MarkerQuestion> of(std::string_view text);
};

struct MarkerAnswer {
    Microseconds at = 0;   // 0: there is no marker
    std::uint64_t id = 0;  // of the newest message up to the time of the question
    bool is_full = false;  // asked with a time: there is no marker here, and the reader has as many as it may

    [[nodiscard]] Answer answer() const;
    // Empty if no answer came.
    [[nodiscard]] static std::optional<MarkerAnswer> of(const Answer& answer);
};

}  // namespace chat
