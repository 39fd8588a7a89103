// The shared memory of 0.1.0, which said little about itself: its sizes and offsets, recorded here permanently, and how
// its rows become current ones. Nothing else knows that layout, except that lines_0_1.h knows its lines.
#pragma once

#include "chat-acceptor/startup/conversion.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace chat::layout_0_1 {

struct Sizes {
    std::uint32_t slots, max_line;
    std::uint64_t inbox, outbox, queue;
    std::uint32_t rooms, memberships, groups, members;
    std::uint64_t transfers;
};

struct Header {
    char magic[8];
    std::uint32_t major, minor;
    std::uint64_t id, total;
    Sizes sizes;
    std::uint64_t row_sizes;
    std::uint64_t checksum;  // FNV-1a of everything from `major` on

    [[nodiscard]] std::uint64_t compute_checksum() const noexcept;
};
static_assert(sizeof(Header) == 104);

inline constexpr std::uint64_t row_sizes = std::uint64_t{512} << 32U | 33U << 16U | 64U;  // slot, room, departed

// Rows, as bytes of known sizes: the members of each have the same order and offsets as the current ones.
inline constexpr std::size_t client_row_size = 144;
inline constexpr std::size_t file_row_size = 456;
inline constexpr std::size_t ticket_row_size = 64;

struct OutboxEnd {
    std::uint64_t tail, base, generation;
};
inline constexpr std::uint64_t outboxes_without_ledgers = 1;  // version of that part

struct Slot {
    std::byte row[2][client_row_size];
    std::uint64_t row_index;
    alignas(64) std::uint64_t parsed;
    std::uint64_t inbox_base;
    alignas(64) OutboxEnd outbox[2];
    std::uint64_t outbox_commit, written, gave_up_at, gave_up_why, ended;
};
static_assert(sizeof(Slot) == 512);

template <std::size_t RowSize>
struct alignas(64) TransferSlot {
    std::byte row[2][RowSize];
    std::uint64_t row_index;
    alignas(64) std::uint64_t outcome;
    std::uint64_t connection, broke_at;
};
using FileSlot = TransferSlot<file_row_size>;
using TicketSlot = TransferSlot<ticket_row_size>;
static_assert(sizeof(FileSlot) == 1024 && sizeof(TicketSlot) == 256);

struct GroupHead {
    std::uint64_t changed_by;
    std::uint32_t id, count;
    SlotId told_admin;
};
static_assert(sizeof(GroupHead) == 24);

// Its parts by their current names; version 1 is what 0.1.0 had in them.
[[nodiscard]] std::vector<PartEntry> parts_of(const Sizes& sizes, std::uint64_t& total);
// Empty if it is not complete; `problem` says why.
[[nodiscard]] std::optional<OlderSegment> describe(std::span<const std::byte> object, const SegmentSizes& wanted,
                                                   std::string& problem);
[[nodiscard]] std::span<const Converter> converters() noexcept;

}  // namespace chat::layout_0_1
