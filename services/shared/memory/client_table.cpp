// Access to client rows, and the unsent bytes of an outbox.
#include "shared/memory/client_table.h"

#include <algorithm>

namespace chat {

std::string_view word_of(LeaveReason reason) noexcept {
    switch (reason) {
        case LeaveReason::quit:
            return "quit";
        case LeaveReason::killed:
            return "killed";
        case LeaveReason::timeout:
            return "timeout";
        case LeaveReason::kicked:
            return "kicked";
        case LeaveReason::slow:
            return "slow";
        case LeaveReason::shutdown:
            return "shutdown";
        case LeaveReason::no_memory:
            return "no-memory";
        case LeaveReason::none:
        case LeaveReason::lost:
            break;
    }
    return "lost";
}

void ClientRow::set_name(std::string_view value) noexcept {
    name_size = static_cast<std::uint8_t>(std::min(value.size(), max_name_size));
    std::copy_n(value.begin(), name_size, name);
}

void ClientRow::set_list(std::string_view cursor, std::uint32_t count) noexcept {
    list_cursor_size = static_cast<std::uint8_t>(std::min(cursor.size(), max_name_size));
    std::copy_n(cursor.begin(), list_cursor_size, list_cursor);
    list_count = count;
}

void ClientRow::set_peer(std::string_view value) noexcept {
    peer_size = static_cast<std::uint8_t>(std::min(value.size(), max_peer_size));
    std::copy_n(value.begin(), peer_size, peer);
}

void ClientRow::set_tls(const TlsFacts& facts) noexcept {
    is_secure = facts.is_secure ? 1 : 0;
    fingerprint = facts.fingerprint;
    common_name_size = static_cast<std::uint8_t>(std::min(facts.common_name.size(), max_name_size));
    std::copy_n(facts.common_name.begin(), common_name_size, common_name);
}

std::vector<SlotId> connected_clients(std::span<const Slot> slots) {
    std::vector<SlotId> clients;
    for (std::uint32_t number = 0; number < slots.size(); ++number)
        if (const ClientRow row = copy_row(slots[number]); row.state == SlotState::connected)
            clients.push_back({number, row.generation});
    return clients;
}

std::uint64_t unsent_bytes(const Slot& slot, std::uint32_t generation) noexcept {
    constexpr int tries = 16;
    OutboxEnd end{};
    std::uint64_t written = 0;
    for (int i = 0; i < tries; ++i) {
        const std::uint64_t commit = slot.outbox_commit.load(std::memory_order_acquire);
        end = slot.outbox[commit & 1U];
        written = slot.written.load(std::memory_order_relaxed);
        // As in read_row: both must be read before the second look at the commit.
        std::atomic_thread_fence(std::memory_order_acquire);
        if (slot.outbox_commit.load(std::memory_order_relaxed) == commit) break;
    }
    return end.generation == generation && end.tail > written ? end.tail - written : 0;
}

}  // namespace chat
