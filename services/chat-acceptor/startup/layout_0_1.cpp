// Reading the header of 0.1.0, and converting its rows to the current ones.
#include "chat-acceptor/startup/layout_0_1.h"

#include "shared/records/dialect_id.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace chat::layout_0_1 {
namespace {

constexpr std::uint64_t doorbell_size = 128;
constexpr std::uint64_t words_size = 256;
constexpr std::uint64_t departed_size = 64;
constexpr std::uint64_t departed_count = 10'000;
constexpr std::uint64_t id_count = 90'000;
constexpr std::uint64_t room_size = 33;
constexpr std::uint64_t group_entry_size = 12;
constexpr std::uint64_t pending = 32;  // people of a group in addition to its members

constexpr std::uint64_t whole_pages(std::uint64_t size) noexcept {
    return (size + segment_page - 1) / segment_page * segment_page;
}

constexpr std::uint64_t group_copy_size(std::uint64_t people) noexcept {
    return (sizeof(GroupHead) + people * group_entry_size + 7) / 8 * 8;
}

template <typename Old>
Old read(std::span<const std::byte> from) noexcept {
    Old old;
    std::memcpy(&old, from.data(), sizeof old);
    return old;
}

// Copies the valid one of two copies to the same place in the new row. Padding at its end is not copied.
template <typename Row, std::size_t used = offsetof(Row, unused), std::size_t Size>
void copy_valid_row(const std::byte (&rows)[2][Size], std::uint64_t index, Row (&to)[2],
                    SharedWord& to_index) noexcept {
    static_assert(used <= Size);
    std::memcpy(static_cast<void*>(&to[index & 1U]), rows[index & 1U], used);
    to_index.store(index, std::memory_order_relaxed);
}

void convert_slot(std::span<const std::byte> from, std::span<std::byte> to) {
    constexpr std::size_t used = offsetof(ClientRow, dialect);  // all spoke the line dialect
    static_assert(used == 142 && static_cast<std::uint8_t>(DialectId::line) == 0);
    const auto old = read<Slot>(from);
    auto& slot = *reinterpret_cast<chat::Slot*>(to.data());
    copy_valid_row<ClientRow, used>(old.row, old.row_index, slot.row, slot.row_index);
    slot.parsed.store(old.parsed, std::memory_order_relaxed);
    slot.inbox_base.store(old.inbox_base, std::memory_order_relaxed);
    const OutboxEnd& end = old.outbox[old.outbox_commit & 1U];
    slot.outbox[old.outbox_commit & 1U] = {end.tail, end.base, end.generation, 0, {}};
    slot.outbox_commit.store(old.outbox_commit, std::memory_order_relaxed);
    slot.written.store(old.written, std::memory_order_relaxed);
    slot.gave_up_at.store(old.gave_up_at, std::memory_order_relaxed);
    slot.gave_up_why.store(old.gave_up_why, std::memory_order_relaxed);
    slot.ended.store(old.ended, std::memory_order_relaxed);
}

template <typename Old, typename New>
void convert_transfer(std::span<const std::byte> from, std::span<std::byte> to) {
    const auto old = read<Old>(from);
    auto& slot = *reinterpret_cast<New*>(to.data());
    copy_valid_row(old.row, old.row_index, slot.row, slot.row_index);
    slot.words.outcome.store(old.outcome, std::memory_order_relaxed);
    slot.words.connection.store(old.connection, std::memory_order_relaxed);
    slot.words.broke_at.store(old.broke_at, std::memory_order_relaxed);
}

void convert_departed(std::span<const std::byte> from, std::span<std::byte> to) {
    static_assert(offsetof(DepartedRow, irc_user) == 61);
    std::memcpy(to.data(), from.data(), offsetof(DepartedRow, irc_user));
}

// An inconsistent row stays inconsistent.
void convert_group(std::span<const std::byte> from, std::span<std::byte> to) {
    const auto index = read<std::uint64_t>(from);
    const std::size_t size = (from.size() - sizeof index) / 2;
    const std::size_t new_size = (to.size() - sizeof index) / 2;
    const auto copy = from.subspan(sizeof index + (index & 1U) * size, size);
    const auto old = read<GroupHead>(copy);
    const chat::GroupHead head{old.changed_by, old.id, old.count, old.told_admin, {}, {}};
    const auto target = to.subspan(sizeof index + (index & 1U) * new_size, new_size);
    std::memcpy(to.data(), &index, sizeof index);
    std::memcpy(target.data(), &head, sizeof head);
    const std::size_t entries = std::min(std::size_t{old.count} * group_entry_size, size - sizeof old);
    std::memcpy(target.data() + sizeof head, copy.data() + sizeof old, std::min(entries, new_size - sizeof head));
}

// The ring comes after the ledger, which is made once everything else is there: lines_0_1.h.
std::uint64_t bytes_of_ledger(std::uint64_t ring) {
    return ledger_capacity(ring) * sizeof(LedgerEntry);
}

constexpr std::array<Converter, 6> all_converters{{
    {"slots", 1, convert_slot},
    {"departed", 1, convert_departed},
    {"files", 1, convert_transfer<FileSlot, chat::FileSlot>},
    {"tickets", 1, convert_transfer<TicketSlot, chat::TicketSlot>},
    {"groups", 1, convert_group},
    {"outboxes", 1, nullptr, bytes_of_ledger},
}};

}  // namespace

std::uint64_t Header::compute_checksum() const noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto* bytes = reinterpret_cast<const unsigned char*>(this);
    for (std::size_t i = offsetof(Header, major); i < offsetof(Header, checksum); ++i)
        hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}

std::vector<PartEntry> parts_of(const Sizes& sizes, std::uint64_t& total) {
    std::vector<PartEntry> parts;
    std::uint64_t offset = segment_page;
    const auto add = [&](std::string_view name, std::uint64_t rows, std::uint64_t row_size) {
        PartEntry& part = parts.emplace_back();
        name.copy(part.name, sizeof part.name);
        part.offset = offset;
        part.rows = rows;
        part.row_size = row_size;
        part.version = 1;
        offset += whole_pages(rows * row_size);
    };
    add("doorbell", 1, doorbell_size);
    add("words", 1, words_size);
    add("slots", sizes.slots, sizeof(Slot));
    add("departed", departed_count, departed_size);
    add("files", sizes.transfers, sizeof(FileSlot));
    add("tickets", sizes.transfers, sizeof(TicketSlot));
    add("ids", id_count, sizeof(std::uint32_t));
    add("rooms", sizes.rooms, room_size);
    add("memberships", sizes.slots, std::uint64_t{sizes.memberships} * sizeof(std::uint32_t));
    add("groups", sizes.groups, sizeof(std::uint64_t) + 2 * group_copy_size(sizes.members + pending));
    add("queue", 1, sizes.queue);
    add("inboxes", sizes.slots, sizes.inbox);
    add("outboxes", sizes.slots, sizes.outbox);
    total = offset;
    return parts;
}

std::optional<OlderSegment> describe(std::span<const std::byte> object, const SegmentSizes& wanted,
                                     std::string& problem) {
    const auto header = read<Header>(object);
    const Sizes& its = header.sizes;
    SegmentSizes sizes = wanted;
    sizes.slots = its.slots;
    sizes.max_line = its.max_line;
    sizes.inbox = its.inbox;
    sizes.outbox = its.outbox;
    sizes.queue = its.queue;
    sizes.rooms = its.rooms;
    sizes.memberships = its.memberships;
    sizes.groups = its.groups;
    sizes.members = its.members;
    sizes.transfers = its.transfers;
    if (header.row_sizes != row_sizes) {
        problem = "it has another version";
    } else if (header.checksum != header.compute_checksum() || !are_possible(sizes)) {
        problem = "its header is damaged";
    } else {
        std::uint64_t total = 0;
        std::vector<PartEntry> parts = parts_of(its, total);
        if (header.total == total && object.size() == total)
            return OlderSegment{"0.1.0", header.id, sizes, std::move(parts)};
        problem = "its size is wrong";
    }
    return std::nullopt;
}

std::span<const Converter> converters() noexcept {
    return all_converters;
}

}  // namespace chat::layout_0_1
