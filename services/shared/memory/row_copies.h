// Two copies of a row and one word that says which of them is valid: a writer that is killed halfway leaves the valid
// copy intact. For any slot with `row[2]` and `row_index`; one process writes a slot's rows.
#pragma once

#include "shared/system/crash_point.h"

#include <atomic>
#include <cstdint>
#include <type_traits>

namespace chat {

// The valid copy, for the process that writes the rows.
template <typename Slot>
[[nodiscard]] const auto& valid_row(const Slot& slot) noexcept {
    return slot.row[slot.row_index.load(std::memory_order_acquire) & 1U];
}

// What `read` copies out of the row, for a process that does not write the rows: the writer may replace the row in the
// meantime, and then it is read again. `read` must accept any bytes.
template <typename Slot, typename Read>
[[nodiscard]] auto read_row(const Slot& slot, Read read) noexcept {
    for (;;) {
        const std::uint64_t index = slot.row_index.load(std::memory_order_acquire);
        const auto found = read(slot.row[index & 1U]);
        std::atomic_thread_fence(std::memory_order_acquire);
        // The copy just read is overwritten at the earliest by the second replacement after `index` was loaded.
        if (slot.row_index.load(std::memory_order_relaxed) == index) return found;
    }
}

// All of it.
template <typename Slot>
[[nodiscard]] auto copy_row(const Slot& slot) noexcept {
    return read_row(slot, [](const auto& row) { return row; });
}

template <typename Slot>
void replace_row(Slot& slot, const std::remove_extent_t<decltype(Slot::row)>& row) noexcept {
    const std::uint64_t index = slot.row_index.load(std::memory_order_relaxed);
    // A reader that sees any of the new row also sees that the other copy was committed before: read_row relies on
    // this.
    std::atomic_thread_fence(std::memory_order_release);
    slot.row[(index + 1) & 1U] = row;
    CHAT_CRASH_POINT("row: written");
    slot.row_index.store(index + 1, std::memory_order_release);
    CHAT_CRASH_POINT("row: committed");
}

}  // namespace chat
