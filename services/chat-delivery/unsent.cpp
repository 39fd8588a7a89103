// Walks the ledger from the newest entry back to the first line that has begun to leave.
#include "chat-delivery/unsent.h"

#include "shared/memory/slot_notes.h"

#include <algorithm>

namespace chat {

std::vector<UnsentMessage> unsent_messages(const Segment& segment, std::uint32_t number) {
    const Slot& slot = segment.slots()[number];
    const OutboxEnd end = committed_end(slot);
    const std::uint64_t written = slot.written.load(std::memory_order_acquire);
    if (written >= end.tail || end.tail - written > segment.sizes().outbox) return {};
    // The memory of an outbox that ended cleanly has been released.
    if (has_ended_cleanly(slot, {number, static_cast<std::uint32_t>(end.generation)})) return {};

    const Ledger ledger = segment.ledger(number);
    std::vector<UnsentMessage> unsent;
    std::uint64_t next = end.tail;  // where the line after this one begins
    for (auto left = std::min<std::uint64_t>(end.entries, ledger.capacity()); left > 0; --left) {
        const LedgerEntry& entry = ledger.at(end.entries - unsent.size() - 1);
        // An entry that does not precede the next was written for a commit that never happened, or is damaged.
        if (entry.begin < written || entry.begin >= next) break;
        const bool is_known =
            entry.kind == LedgerKind::direct || entry.kind == LedgerKind::group || entry.kind == LedgerKind::kept;
        if (!is_known) break;
        unsent.push_back(
            {entry.sequence, entry.sender, entry.kind, entry.kind == LedgerKind::direct ? entry.account : 0});
        next = entry.begin;
    }
    std::ranges::reverse(unsent);
    return unsent;
}

}  // namespace chat
