// What acts ask about the messages that are kept for an account, and the answers, as texts (question.h).
#pragma once

#include "chat-acceptor/questions/question.h"
#include "shared/records/kept.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace chat {

struct KeptQuestion {
    enum class What : std::uint8_t {
        count,  // how many there are
        page,   // the first ones
    };
    What what = What::count;
    std::uint32_t account = 0;
    // page: without those that a session has received; only those with higher ids than `after`; at most so many bytes
    // of rendered lines, but at least one message.
    KeptGift received = {};
    std::uint64_t after = 0;
    std::uint64_t bytes = 0;
    std::string_view login = {};  // chat-auth's answer, which becomes a part of this one

    [[nodiscard]] Question question() const;
    // Views into the text; empty if it is not such a question.
    [[nodiscard]] static std::optional<KeptQuestion> of(std::string_view text);
};

struct KeptAnswer {
    std::uint32_t account = 0;
    std::uint64_t upto = 0;   // everything that was kept by a record up to this number counts
    std::uint64_t count = 0;  // also of those that are not in the page
    std::uint64_t last = 0;   // the highest id of the page
    bool more = false;
    std::string_view rows = {};  // HistoryInfo…

    [[nodiscard]] Answer answer(std::string_view login) const;
    // For a question about a page: the log does not say.
    [[nodiscard]] static Answer unknown(std::string_view login);
    // Empty if no such answer came.
    [[nodiscard]] static std::optional<KeptAnswer> of(const Answer& answer);
};

}  // namespace chat
