// Messages that were kept for an account, as they travel with its login.
#pragma once

#include "shared/records/packing.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

// What a session was given of them: those of the account up to an id which were kept when they were sent, or were kept
// later, but by a record up to `since`.
struct KeptGift {
    std::uint32_t account = 0;  // 0: nothing
    std::uint64_t upto = 0;
    std::uint64_t since = 0;
    friend bool operator==(const KeptGift&, const KeptGift&) = default;
};

// The part of a login that is about them.
struct KeptForLogin {
    std::uint32_t count = 0;  // that wait
    std::uint64_t upto = 0;   // as in KeptGift
    std::uint64_t since = 0;
    std::string_view rows = {};  // HistoryInfo… of the first ones
    bool more = false;           // further ones follow in records of their own

    [[nodiscard]] std::string text() const {
        std::string text;
        if (upto == 0) return text;
        pack(text, count, upto, since);
        return text.append(rows);
    }
    [[nodiscard]] static KeptForLogin of(std::string_view text, bool more) noexcept {
        KeptForLogin kept;
        if (!take(text, kept.count, kept.upto, kept.since)) return {};
        kept.rows = text;
        kept.more = more;
        return kept;
    }
};

}  // namespace chat
