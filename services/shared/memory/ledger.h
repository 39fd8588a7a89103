// The ledger of an outbox: one entry for each message in it to this client alone or to a group. So unsent messages can
// be found without parsing lines back, in whatever dialect.
//
// It precedes the outbox's ring and grows towards lower addresses. Its first entries share a page with the ring's first
// bytes, so that a client that keeps up costs one page.
#pragma once

#include "shared/memory/segment_layout.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace chat {

enum class LedgerKind : std::uint8_t {
    none,  // no entry
    direct,
    group,
    kept,  // a message that was kept for the client's account; `sequence` is its own id
};

struct LedgerEntry {
    std::uint64_t begin;                 // position of the line's first byte in the stream to the client
    std::uint64_t sequence;              // of the record: the id of the message
    std::uint32_t sender;                // client id
    LedgerKind kind;                     // any value when read from memory
    std::uint8_t unused_before[3] = {};  // zero
    std::uint32_t account = 0;    // direct: of the account for which it is kept if it is never sent; 0: it is not
    std::uint8_t unused[4] = {};  // zero, for future fields
};
static_assert(sizeof(LedgerEntry) == 32 && std::is_trivially_copyable_v<LedgerEntry>);

// Entries in the page where the ring begins: about as many as the lines that fit into that page.
inline constexpr std::size_t first_ledger_entries = 32;
inline constexpr std::size_t ledger_entries_a_page = segment_page / sizeof(LedgerEntry);
inline constexpr std::size_t first_ledger_bytes = first_ledger_entries * sizeof(LedgerEntry);

// Entries in the ledger of an outbox of `outbox` bytes. Every native line that has an entry is longer than short_line,
// so the outbox fills up before its ledger.
[[nodiscard]] constexpr std::uint64_t ledger_capacity(std::uint64_t outbox) noexcept {
    constexpr std::uint64_t short_line = 64;
    const std::uint64_t pages = (outbox / short_line + ledger_entries_a_page - 1) / ledger_entries_a_page;
    return first_ledger_entries + pages * ledger_entries_a_page;
}

// Size in bytes of a row with a ledger and a ring of `outbox` bytes: whole pages.
[[nodiscard]] constexpr std::uint64_t outbox_row_size(std::uint64_t outbox) noexcept {
    return ledger_capacity(outbox) * sizeof(LedgerEntry) + outbox + (segment_page - first_ledger_bytes);
}

// How much of a row is backed by memory: both parts grow from the same place.
struct OutboxMemory {
    std::size_t bytes = 0;    // of the ring, from its start
    std::size_t entries = 0;  // of the ledger, from the first

    [[nodiscard]] bool covers(const OutboxMemory& other) const noexcept {
        return other.bytes <= bytes && other.entries <= entries;
    }
    // Rounded up to the capacity of the pages in use.
    [[nodiscard]] constexpr OutboxMemory in_whole_pages() const noexcept {
        const auto round_up = [](std::size_t number, std::size_t unit) { return (number + unit - 1) / unit * unit; };
        const std::size_t further = entries < first_ledger_entries ? 0 : entries - first_ledger_entries;
        return {round_up(bytes + first_ledger_bytes, segment_page) - first_ledger_bytes,
                first_ledger_entries + round_up(further, ledger_entries_a_page)};
    }
};

// The entries as a ring. OutboxEnd counts those written since the outbox was last empty; entry `index` replaces entry
// `index - capacity()`.
class Ledger {
  public:
    explicit Ledger(std::span<LedgerEntry> memory) noexcept : memory_(memory) {}

    [[nodiscard]] std::size_t capacity() const noexcept { return memory_.size(); }
    [[nodiscard]] LedgerEntry& at(std::uint64_t index) const noexcept {
        const std::uint64_t place = index < memory_.size() ? index : index % memory_.size();
        return memory_[memory_.size() - 1 - static_cast<std::size_t>(place)];
    }
    // True if entry `index` may be written: it must not replace one whose line has not begun to leave. An old entry
    // whose line begins after the next oldest entry's line was written for a commit that never happened.
    [[nodiscard]] bool has_room(std::uint64_t index, std::uint64_t written) const noexcept {
        return index < memory_.size() || at(index).begin < written || at(index).begin > at(index + 1).begin;
    }

    // The same for several, from `first` on.
    [[nodiscard]] bool has_room(std::uint64_t first, std::size_t count, std::uint64_t written) const noexcept {
        if (count > memory_.size()) return false;
        for (std::uint64_t index = first; index < first + count; ++index)
            if (!has_room(index, written)) return false;
        return true;
    }

  private:
    std::span<LedgerEntry> memory_;
};

}  // namespace chat
