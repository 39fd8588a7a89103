// The layout of the shared-memory object: its header and the directory of its parts. A segment describes its own
// layout, so that a later program can read it: see chat-acceptor/startup/conversion.h.
//
// To add a part: a line in `Part` and a row in the table of segment_layout.cpp. To add a word or a field where bytes
// are unused: use them. In both cases raise `layout_minor`, once per release. To change a part in any other way: also
// raise its version, and extend the conversion to make the new rows from the old ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace chat {

inline constexpr std::size_t segment_page = 4096;
inline constexpr std::uint32_t layout_major = 3;
// The version of the segment's meaning for the programs. 0: release 0.2.0.
inline constexpr std::uint16_t layout_minor = 0;
// The layout of 0.1.0, which had no directory.
inline constexpr std::uint32_t first_layout_major = 2;

// The layout parameters set by the configuration. Sizes in bytes. Add new members at the end.
struct SegmentSizes {
    std::uint32_t slots;  // concurrent clients, plus spare slots for those that are leaving
    std::uint32_t max_line;
    std::uint64_t inbox;   // of one client
    std::uint64_t outbox;  // of one client, without its ledger
    std::uint64_t queue;
    std::uint32_t rooms;                // concurrently, including the lobby
    std::uint32_t memberships;          // rooms per client, including the lobby
    std::uint32_t groups;               // concurrently
    std::uint32_t members;              // of one group
    std::uint64_t transfers = 0;        // concurrent files, and as many receivers of files
    std::uint64_t metadata_values = 0;  // of all clients and rooms
    friend bool operator==(const SegmentSizes&, const SegmentSizes&) = default;
};
static_assert(std::has_unique_object_representations_v<SegmentSizes>, "the checksum must not cover padding");

// The parts, in memory order. Those before the inboxes are backed by memory from the start, inboxes and outboxes page
// by page as they are used. A row of the outboxes is a ledger and a ring: see ledger.h.
enum class Part : std::uint8_t {
    doorbell,
    words,
    slots,
    departed,
    files,
    tickets,
    ids,
    rooms,
    memberships,
    joined,
    groups,
    irc,
    room_states,
    room_entries,
    watches,
    metadata,
    queue,
    inboxes,
    outboxes,
};
inline constexpr std::size_t part_count = 19;
inline constexpr std::size_t max_parts = 32;  // for which a header has room

// One part in the directory.
struct PartEntry {
    char name[16];
    std::uint64_t offset;  // from the object's start, a multiple of a page
    std::uint64_t rows;
    std::uint64_t row_size;  // bytes from one row to the next
    std::uint64_t version;   // of a row's contents

    [[nodiscard]] std::string_view name_view() const noexcept;
    friend bool operator==(const PartEntry&, const PartEntry&) = default;
};
// The entry of that name; null if there is none.
[[nodiscard]] const PartEntry* find_part(std::span<const PartEntry> parts, std::string_view name) noexcept;
// True if the parts follow one another, on whole pages, within `total` bytes. Nothing in them is trusted before this
// check.
[[nodiscard]] bool are_in_place(std::span<const PartEntry> parts, std::uint64_t total) noexcept;

// The first page of every segment from layout 3 on, in all future versions: it tells any program what the segment is.
struct SegmentHeader {
    char magic[8];  // written last
    std::uint32_t major;
    // The newest layout_minor of all programs that have used this segment, and its complement. Not in the checksum: it
    // is raised in one store, while nobody else uses the segment.
    std::uint32_t minor;
    char program[32];  // for people: the version of that program. Not in the checksum either
    std::uint64_t id;
    std::uint64_t total;  // bytes
    std::uint32_t part_count;
    std::uint32_t sizes_size;  // bytes of SegmentSizes
    std::array<std::byte, 256> sizes_bytes;
    std::array<PartEntry, max_parts> parts;
    std::uint64_t checksum;  // of the magic word, `major`, and everything from `id` on

    [[nodiscard]] std::uint64_t compute_checksum() const noexcept;
    void set_sizes(const SegmentSizes& sizes) noexcept;
    // `sizes`, as far as the segment has them.
    [[nodiscard]] SegmentSizes sizes_over(SegmentSizes sizes) const noexcept;
    void set_program(std::string_view version) noexcept;
    // As clean text, for people.
    [[nodiscard]] std::string program_text() const;
    [[nodiscard]] std::span<const PartEntry> used_parts() const noexcept;
};
static_assert(sizeof(SegmentHeader) <= segment_page);

[[nodiscard]] constexpr std::uint32_t guarded_minor(std::uint16_t minor) noexcept {
    return static_cast<std::uint32_t>(minor) | static_cast<std::uint32_t>(static_cast<std::uint16_t>(~minor)) << 16U;
}

// This program's layout for these sizes.
struct Layout {
    std::array<PartEntry, part_count> parts;
    std::uint64_t total;
    std::uint64_t reserved;  // bytes backed by memory from the start

    [[nodiscard]] std::uint64_t offset(Part part) const noexcept {
        return parts[static_cast<std::size_t>(part)].offset;
    }
};
[[nodiscard]] Layout layout_of(const SegmentSizes& sizes) noexcept;
// True if a segment can have these sizes. Then no offset of its layout exceeds 64 bits.
[[nodiscard]] bool are_possible(const SegmentSizes& sizes) noexcept;
[[nodiscard]] std::uint64_t row_size_of_groups(std::uint32_t members) noexcept;

// The header of a new segment, without its magic word.
[[nodiscard]] SegmentHeader header_of(const SegmentSizes& sizes, std::uint64_t id) noexcept;
// Stores the header, the magic word last.
void store_header(std::span<std::byte> segment, SegmentHeader header) noexcept;

// Whether this program can use an object.
enum class Fit : std::uint8_t {
    fits,
    older,    // of an earlier version: chat-acceptor converts it
    newer,    // of a later version: it is left unchanged for that version
    damaged,  // not a segment, or not trustworthy
};
struct Verdict {
    Fit fit;
    std::string problem;  // why it does not fit
    SegmentSizes sizes{};
};
// Judges an object, of which `object` holds at least a page, by its header and size. `my_minor` differs from the
// program's only in tests.
[[nodiscard]] Verdict judge_segment(std::span<const std::byte> object, std::uint16_t my_minor = layout_minor);

}  // namespace chat
