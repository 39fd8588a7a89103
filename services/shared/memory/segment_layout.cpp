// The table of parts, the layout derived from it, and the validation of a header.
#include "shared/memory/segment_layout.h"

#include "shared/memory/client_table.h"
#include "shared/memory/doorbell.h"
#include "shared/memory/file_table.h"
#include "shared/memory/group_table.h"
#include "shared/memory/irc_table.h"
#include "shared/memory/ledger.h"
#include "shared/memory/metadata_table.h"
#include "shared/memory/queue_words.h"
#include "shared/memory/room_table.h"
#include "shared/memory/watch_table.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace chat {
namespace {

constexpr char magic_word[8] = {'c', 'h', 'a', 't', 's', 'e', 'g', '\n'};
// Limits for the values in a header, far above any configuration; no sum of them exceeds 64 bits.
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 40U;
constexpr std::uint32_t max_rows = 1U << 20U;
constexpr std::uint64_t max_transfers = 1U << 16U;
constexpr std::uint64_t max_metadata_values = 1U << 20U;

using Size = std::uint64_t;
using Sizes = SegmentSizes;

struct Description {
    Part part;
    std::string_view name;
    std::uint64_t version;
    Size (*rows)(const Sizes&);
    Size (*row_size)(const Sizes&);
};

constexpr Size one(const Sizes& /*sizes*/) {
    return 1;
}
constexpr Size slots(const Sizes& sizes) {
    return sizes.slots;
}
constexpr Size transfers(const Sizes& sizes) {
    return sizes.transfers;
}
template <typename Row>
constexpr Size size_of(const Sizes& /*sizes*/) {
    return sizeof(Row);
}

// One row per part; everything else is derived from it.
constexpr std::array<Description, part_count> descriptions{{
    {Part::doorbell, "doorbell", 1, one, size_of<Doorbell>},
    {Part::words, "words", 1, one, size_of<QueueWords>},
    {Part::slots, "slots", 2, slots, size_of<Slot>},
    {Part::departed, "departed", 2, [](const Sizes&) -> Size { return departed_rows; }, size_of<DepartedRow>},
    {Part::files, "files", 2, transfers, size_of<FileSlot>},
    {Part::tickets, "tickets", 2, transfers, size_of<TicketSlot>},
    {Part::ids, "ids", 1, [](const Sizes&) -> Size { return client_id_count; }, size_of<std::uint32_t>},
    {Part::rooms, "rooms", 1, [](const Sizes& s) -> Size { return s.rooms; }, size_of<RoomRow>},
    {Part::memberships, "memberships", 1, slots,
     [](const Sizes& s) -> Size { return s.memberships * sizeof(Membership); }},
    {Part::joined, "joined", 1, slots, [](const Sizes& s) -> Size { return s.memberships * sizeof(SharedWord); }},
    {Part::groups, "groups", 2, [](const Sizes& s) -> Size { return s.groups; },
     [](const Sizes& s) -> Size { return row_size_of_groups(s.members); }},
    {Part::irc, "irc", 1, slots, size_of<IrcSlot>},
    {Part::room_states, "room states", 1, [](const Sizes& s) -> Size { return s.rooms; }, size_of<RoomStateSlot>},
    {Part::room_entries, "room entries", 1, [](const Sizes&) -> Size { return room_entry_count; }, size_of<RoomEntry>},
    {Part::watches, "watches", 1, [](const Sizes& s) -> Size { return Size{s.slots} * watches_per_slot; },
     size_of<WatchRow>},
    {Part::metadata, "metadata", 1, [](const Sizes& s) -> Size { return s.metadata_values; }, size_of<MetadataRow>},
    {Part::queue, "queue", 1, one, [](const Sizes& s) -> Size { return s.queue; }},
    {Part::inboxes, "inboxes", 1, slots, [](const Sizes& s) -> Size { return s.inbox; }},
    {Part::outboxes, "outboxes", 2, slots, [](const Sizes& s) -> Size { return outbox_row_size(s.outbox); }},
}};
static_assert([] {
    for (std::size_t i = 0; i < part_count; ++i)
        if (static_cast<std::size_t>(descriptions[i].part) != i ||
            descriptions[i].name.size() >= sizeof(PartEntry::name))
            return false;
    return true;
}());

constexpr std::uint64_t whole_pages(std::uint64_t size) noexcept {
    return (size + segment_page - 1) / segment_page * segment_page;
}

constexpr bool is_page_count(std::uint64_t size) noexcept {
    return size != 0 && size <= max_bytes && size % segment_page == 0;
}

Verdict refused(Fit fit, std::string problem) {
    return {fit, std::move(problem), {}};
}

bool is_newer(std::span<const PartEntry> parts) noexcept {
    return std::any_of(descriptions.begin(), descriptions.end(), [&](const Description& mine) {
        const PartEntry* its = find_part(parts, mine.name);
        return its != nullptr && its->version > mine.version;
    });
}

}  // namespace

std::string_view PartEntry::name_view() const noexcept {
    return {name, static_cast<std::size_t>(std::find(name, name + sizeof name, '\0') - name)};
}

const PartEntry* find_part(std::span<const PartEntry> parts, std::string_view name) noexcept {
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](const PartEntry& part) { return part.name_view() == name; });
    return found == parts.end() ? nullptr : &*found;
}

bool are_in_place(std::span<const PartEntry> parts, std::uint64_t total) noexcept {
    std::uint64_t end = segment_page;
    for (const PartEntry& part : parts) {
        if (part.offset < end || part.offset % segment_page != 0 || part.offset > total) return false;
        const std::uint64_t room = total - part.offset;
        if (part.row_size == 0 ? part.rows != 0 : part.rows > room / part.row_size) return false;
        end = part.offset + part.rows * part.row_size;
    }
    return true;
}

std::uint64_t SegmentHeader::compute_checksum() const noexcept {
    // FNV-1a: protects against accidents, not against attacks.
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto* bytes = reinterpret_cast<const unsigned char*>(this);
    const auto add = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3;
    };
    add(offsetof(SegmentHeader, major), offsetof(SegmentHeader, minor));
    add(offsetof(SegmentHeader, id), offsetof(SegmentHeader, checksum));
    return hash;
}

void SegmentHeader::set_sizes(const SegmentSizes& sizes) noexcept {
    static_assert(sizeof sizes <= std::tuple_size_v<decltype(sizes_bytes)>);
    sizes_size = sizeof sizes;
    std::memcpy(sizes_bytes.data(), &sizes, sizeof sizes);
}

SegmentSizes SegmentHeader::sizes_over(SegmentSizes sizes) const noexcept {
    std::memcpy(&sizes, sizes_bytes.data(), std::min<std::size_t>(sizes_size, sizeof sizes));
    return sizes;
}

void SegmentHeader::set_program(std::string_view version) noexcept {
    std::memset(program, 0, sizeof program);
    std::memcpy(program, version.data(), std::min(version.size(), sizeof program));
}

std::string SegmentHeader::program_text() const {
    const std::string text(program,
                           static_cast<std::size_t>(std::find(program, program + sizeof program, '\0') - program));
    return text.empty() || !is_clean_text(text) ? "unknown" : text;
}

std::span<const PartEntry> SegmentHeader::used_parts() const noexcept {
    return std::span(parts).first(std::min<std::size_t>(part_count, max_parts));
}

std::uint64_t row_size_of_groups(std::uint32_t members) noexcept {
    return group_row_size(std::size_t{members} + pending_per_group);
}

Layout layout_of(const SegmentSizes& sizes) noexcept {
    Layout layout{};
    std::uint64_t offset = segment_page;
    for (std::size_t i = 0; i < part_count; ++i) {
        const Description& description = descriptions[i];
        PartEntry& part = layout.parts[i];
        description.name.copy(part.name, sizeof part.name);
        part.offset = offset;
        part.rows = description.rows(sizes);
        part.row_size = description.row_size(sizes);
        part.version = description.version;
        offset += whole_pages(part.rows * part.row_size);
    }
    layout.total = offset;
    layout.reserved = layout.offset(Part::inboxes);
    return layout;
}

bool are_possible(const SegmentSizes& sizes) noexcept {
    return is_page_count(sizes.inbox) && is_page_count(sizes.outbox) && is_page_count(sizes.queue) &&
           sizes.slots != 0 && sizes.slots <= max_rows && sizes.max_line != 0 && sizes.max_line <= sizes.inbox &&
           sizes.rooms != 0 && sizes.rooms <= max_rows && sizes.memberships != 0 && sizes.memberships <= max_rows &&
           sizes.groups <= max_rows && sizes.members <= max_rows && sizes.transfers <= max_transfers &&
           sizes.metadata_values <= max_metadata_values;
}

SegmentHeader header_of(const SegmentSizes& sizes, std::uint64_t id) noexcept {
    const Layout layout = layout_of(sizes);
    SegmentHeader header{};
    header.major = layout_major;
    header.minor = guarded_minor(layout_minor);
    header.set_program(CHAT_VERSION);
    header.id = id;
    header.total = layout.total;
    header.part_count = part_count;
    header.set_sizes(sizes);
    std::copy(layout.parts.begin(), layout.parts.end(), header.parts.begin());
    header.checksum = header.compute_checksum();
    return header;
}

void store_header(std::span<std::byte> segment, SegmentHeader header) noexcept {
    std::memset(header.magic, 0, sizeof header.magic);
    std::memcpy(segment.data(), &header, sizeof header);
    std::atomic_thread_fence(std::memory_order_release);
    std::memcpy(segment.data(), magic_word, sizeof magic_word);
}

Verdict judge_segment(std::span<const std::byte> object, std::uint16_t my_minor) {
    SegmentHeader header{};
    std::memcpy(&header, object.data(), sizeof header);
    if (std::memcmp(header.magic, magic_word, sizeof magic_word) != 0)
        return refused(Fit::damaged, "it is not a chat segment");
    if (header.major == first_layout_major) return refused(Fit::older, "it has version 0.1.0");
    if (header.major < first_layout_major) return refused(Fit::damaged, "it has another version");
    const auto minor = static_cast<std::uint16_t>(header.minor);
    if (header.checksum != header.compute_checksum() || header.minor != guarded_minor(minor))
        return refused(Fit::damaged, "its header is damaged");
    if (header.major > layout_major || minor > my_minor)
        return refused(Fit::newer, "it has the later version " + header.program_text());
    if (header.total != object.size()) return refused(Fit::damaged, "its size is wrong");
    const SegmentSizes sizes = header.sizes_over({});
    if (header.part_count > max_parts || !are_in_place(header.used_parts(), header.total) || !are_possible(sizes))
        return refused(Fit::damaged, "its header is damaged");
    if (is_newer(header.used_parts())) return refused(Fit::newer, "it has the later version " + header.program_text());
    const Layout mine = layout_of(sizes);
    if (minor < my_minor || !std::ranges::equal(header.used_parts(), mine.parts) ||
        header.sizes_size != sizeof(SegmentSizes) || header.total != mine.total)
        return refused(Fit::older, "it has version " + header.program_text());
    return {Fit::fits, {}, sizes};
}

}  // namespace chat
