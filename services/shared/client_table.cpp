// Committing and reading client rows.
#include "shared/client_table.h"

#include "shared/crash_point.h"

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

void ClientRow::set_peer(std::string_view value) noexcept {
    peer_size = static_cast<std::uint8_t>(std::min(value.size(), max_peer_size));
    std::copy_n(value.begin(), peer_size, peer);
}

const ClientRow& valid_row(const Slot& slot) noexcept {
    return slot.row[slot.row_index.load(std::memory_order_acquire) & 1U];
}

ClientRow copy_row(const Slot& slot) noexcept {
    for (;;) {
        const std::uint64_t index = slot.row_index.load(std::memory_order_acquire);
        const ClientRow row = slot.row[index & 1U];
        std::atomic_thread_fence(std::memory_order_acquire);
        // The copy that was read is overwritten by the second replacement from here, at the earliest.
        if (slot.row_index.load(std::memory_order_relaxed) == index) return row;
    }
}

std::uint64_t unsent_bytes(const Slot& slot, std::uint32_t generation) noexcept {
    constexpr int tries = 16;
    OutboxEnd end{};
    std::uint64_t written = 0;
    for (int i = 0; i < tries; ++i) {
        const std::uint64_t commit = slot.outbox_commit.load(std::memory_order_acquire);
        end = slot.outbox[commit & 1U];
        written = slot.written.load(std::memory_order_acquire);
        if (slot.outbox_commit.load(std::memory_order_relaxed) == commit) break;
    }
    return end.generation == generation && end.tail > written ? end.tail - written : 0;
}

void replace_row(Slot& slot, const ClientRow& row) noexcept {
    const std::uint64_t index = slot.row_index.load(std::memory_order_relaxed);
    // Who reads anything of the new row sees that the other copy was committed before: copy_row relies on it.
    std::atomic_thread_fence(std::memory_order_release);
    slot.row[(index + 1) & 1U] = row;
    CHAT_CRASH_POINT("row: written");
    slot.row_index.store(index + 1, std::memory_order_release);
    CHAT_CRASH_POINT("row: committed");
}

}  // namespace chat
