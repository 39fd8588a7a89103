// What lies where in the one shared-memory object: its header, and the directory of its parts. A segment names its own
// layout, so that a later program can read it: see chat-acceptor/startup/conversion.h.
//
// To add a part: a line in `Part` and one in the table of segment_layout.cpp. To add a word or a field where bytes are
// unused: take them. In both cases raise `layout_minor`, once a release. To change a part in any other way: raise its
// version too, and teach the conversion to make the new rows of the old ones.
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
// Of what the programs take the segment to hold. 0: 0.2.0.
inline constexpr std::uint16_t layout_minor = 0;
// The layout of 0.1.0, which had no directory.
inline constexpr std::uint32_t first_layout_major = 2;

// What the configuration decides about the layout. Sizes in bytes. New members go to the end.
struct SegmentSizes {
    std::uint32_t slots;  // clients at one time, and spare slots for those that are leaving
    std::uint32_t max_line;
    std::uint64_t inbox;   // of one client
    std::uint64_t outbox;  // of one client, without its ledger
    std::uint64_t queue;
    std::uint32_t rooms;          // at one time, the lobby included
    std::uint32_t memberships;    // rooms that a client may be in, the lobby included
    std::uint32_t groups;         // at one time
    std::uint32_t members;        // of one group
    std::uint64_t transfers = 0;  // files at one time, and as many receivers of files
    friend bool operator==(const SegmentSizes&, const SegmentSizes&) = default;
};
static_assert(std::has_unique_object_representations_v<SegmentSizes>, "the checksum must not cover padding");

// The parts, in the order in which they lie. Those before the inboxes have memory from the start, inboxes and outboxes
// page by page as they are used. A row of the outboxes is a ledger and a ring: see ledger.h.
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
    groups,
    queue,
    inboxes,
    outboxes,
};
inline constexpr std::size_t part_count = 13;
inline constexpr std::size_t most_parts = 32;  // that a header has room for

// One part in the directory.
struct PartEntry {
    char name[16];
    std::uint64_t offset;  // from the object's start, a multiple of a page
    std::uint64_t rows;
    std::uint64_t row_size;  // bytes from one row to the next
    std::uint64_t version;   // of what is in a row

    [[nodiscard]] std::string_view name_view() const noexcept;
    friend bool operator==(const PartEntry&, const PartEntry&) = default;
};
// The entry of that name; null where there is none.
[[nodiscard]] const PartEntry* find_part(std::span<const PartEntry> parts, std::string_view name) noexcept;
// Do the parts lie one after the other, on whole pages, within `total` bytes? Nothing is believed of them before.
[[nodiscard]] bool are_in_place(std::span<const PartEntry> parts, std::uint64_t total) noexcept;

// The first page of every segment from layout 3 on, whatever comes: any program can tell by it what a segment is.
struct SegmentHeader {
    char magic[8];  // written last
    std::uint32_t major;
    // The newest layout_minor of those that have used this segment, and its complement. Outside of the checksum: it is
    // raised in one store, while nobody else uses the segment.
    std::uint32_t minor;
    char program[32];  // for people: the version of that program. Outside of the checksum too
    std::uint64_t id;
    std::uint64_t total;  // bytes
    std::uint32_t part_count;
    std::uint32_t sizes_size;  // bytes of SegmentSizes
    std::array<std::byte, 256> sizes_bytes;
    std::array<PartEntry, most_parts> parts;
    std::uint64_t checksum;  // of the magic word, `major`, and everything from `id` on

    [[nodiscard]] std::uint64_t compute_checksum() const noexcept;
    void set_sizes(const SegmentSizes& sizes) noexcept;
    // `sizes` with those that the segment knows in their places.
    [[nodiscard]] SegmentSizes sizes_over(SegmentSizes sizes) const noexcept;
    void set_program(std::string_view version) noexcept;
    // Clean text, for people.
    [[nodiscard]] std::string program_text() const;
    [[nodiscard]] std::span<const PartEntry> used_parts() const noexcept;
};
static_assert(sizeof(SegmentHeader) <= segment_page);

[[nodiscard]] constexpr std::uint32_t guarded_minor(std::uint16_t minor) noexcept {
    return static_cast<std::uint32_t>(minor) | static_cast<std::uint32_t>(static_cast<std::uint16_t>(~minor)) << 16U;
}

// The layout that this program makes of these sizes.
struct Layout {
    std::array<PartEntry, part_count> parts;
    std::uint64_t total;
    std::uint64_t reserved;  // bytes that have memory from the start

    [[nodiscard]] std::uint64_t offset(Part part) const noexcept {
        return parts[static_cast<std::size_t>(part)].offset;
    }
};
[[nodiscard]] Layout layout_of(const SegmentSizes& sizes) noexcept;
// Can these be sizes of a segment? Then no offset of its layout goes past 64 bits.
[[nodiscard]] bool are_possible(const SegmentSizes& sizes) noexcept;
[[nodiscard]] std::uint64_t row_size_of_groups(std::uint32_t members) noexcept;

// The header of a new segment, but for its magic word.
[[nodiscard]] SegmentHeader header_of(const SegmentSizes& sizes, std::uint64_t id) noexcept;
// Stores the header, the magic word last.
void store_header(std::span<std::byte> segment, SegmentHeader header) noexcept;

// What an object is for this program.
enum class Fit : std::uint8_t {
    fits,
    older,    // of an earlier version: chat-acceptor converts it
    newer,    // of a later version: it stays as it is for that version
    damaged,  // none, or one that cannot be believed
};
struct Verdict {
    Fit fit;
    std::string problem;  // why it does not fit
    SegmentSizes sizes{};
};
// Judges an object, at least a page of it, by its header and its size. `my_minor` is another than the program's in
// tests.
[[nodiscard]] Verdict judge_segment(std::span<const std::byte> object, std::uint16_t my_minor = layout_minor);

}  // namespace chat
