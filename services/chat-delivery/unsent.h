// What a departed client never received: messages to it alone or to a group, and those that had been kept for its
// account, of whose lines no byte left its outbox.
#pragma once

#include "shared/memory/segment.h"

#include <cstdint>
#include <vector>

namespace chat {

struct UnsentMessage {
    std::uint64_t id;
    std::uint32_t from;  // client id of the sender
    LedgerKind kind = LedgerKind::direct;
    std::uint32_t account = 0;  // direct: for which it is kept now; 0: it is discarded

    [[nodiscard]] bool is_to_group() const noexcept { return kind == LedgerKind::group; }
    // It was kept before, and still is.
    [[nodiscard]] bool is_kept() const noexcept { return kind == LedgerKind::kept; }
};

// For an outbox that is no longer written.
[[nodiscard]] std::vector<UnsentMessage> unsent_messages(const Segment& segment, std::uint32_t slot);

}  // namespace chat
