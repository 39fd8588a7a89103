// Where messages among the lines to a client come from, for the ledger of its outbox.
#pragma once

#include "shared/memory/ledger.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace chat {

// The part of a ledger entry that the outbox cannot know: for messages that are looked up when their receiver leaves.
struct Origin {
    std::uint32_t sender = 0;  // client id
    LedgerKind kind = LedgerKind::none;
    std::uint32_t account = 0;  // for which it is kept if it is never sent; 0: it is not
};
// One of several messages among the lines of one record, with the id that it got from a record of its own.
struct MessageAmongLines {
    std::size_t begin;  // of its line
    std::uint64_t id;
    Origin origin;
};
// A view of the message, which must outlive it; empty if it has no origin.
[[nodiscard]] inline std::span<const MessageAmongLines> messages_of(const MessageAmongLines& message) noexcept {
    return {&message, message.origin.kind == LedgerKind::none ? std::size_t{0} : std::size_t{1}};
}

}  // namespace chat
