// Where the next lines of a client go in its outbox, and whether they fit.
#pragma once

#include "chat-delivery/origin.h"
#include "shared/memory/byte_ring.h"
#include "shared/memory/ledger.h"
#include "shared/memory/segment.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace chat {

// One record's lines to one client, with the messages among them that get entries in the ledger.
struct OutboxLines {
    std::string_view text;
    std::span<const MessageAmongLines> messages;
};

struct OutboxSpace {
    std::uint64_t tail;     // position of the first byte of the next lines
    std::uint64_t base;     // position at the ring's offset 0
    std::uint64_t entries;  // index of the next entry of the ledger

    // An outbox that is empty starts over: a client that keeps up stays in one page.
    OutboxSpace(const OutboxEnd& end, std::uint64_t written) noexcept
        : tail(end.tail), base(end.base), entries(end.entries) {
        if (written != tail) return;
        base = tail;
        entries = 0;
    }

    // With what is already in use.
    [[nodiscard]] OutboxMemory memory_for(const OutboxLines& lines) const noexcept {
        return {static_cast<std::size_t>(tail - base) + lines.text.size(),
                static_cast<std::size_t>(entries) + lines.messages.size()};
    }

    // False: they would replace lines that the socket has not taken, or their entries. Also false if `written` is no
    // position in this outbox.
    [[nodiscard]] bool has_room(const Segment& segment, std::uint32_t slot, std::uint64_t written,
                                const OutboxLines& lines) const noexcept {
        const std::uint64_t size = segment.sizes().outbox;
        return written <= tail && tail - written <= size && lines.text.size() <= size - (tail - written) &&
               (lines.messages.empty() || segment.ledger(slot).has_room(entries, lines.messages.size(), written));
    }
};

}  // namespace chat
