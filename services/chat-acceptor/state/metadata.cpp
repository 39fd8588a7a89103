// Rows of values.
#include "chat-acceptor/state/metadata.h"

#include "chat-acceptor/state/sessions.h"
#include "shared/records/metadata.h"
#include "shared/records/session.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <atomic>
#include <optional>

namespace chat {

Metadata::Metadata(const Segment& segment)
    : segment_(&segment), of_slot_(segment.slots().size()), of_room_(segment.rooms().size()) {
    for (auto index = static_cast<Index>(capacity()); index-- > 0;) {
        MetadataRow& found = row(index);
        const bool is_of_room = found.is_of_room != 0;
        const bool has_owner = is_of_room
                                   ? found.index < of_room_.size()
                                   : is_client_here(segment, {found.index, static_cast<std::uint32_t>(found.owner)});
        if (found.sequence == 0 || !has_owner || found.key >= metadata_keys.size())
            release(index);
        else
            indexes({is_of_room, found.index, found.owner}).push_back(index);
    }
}

std::vector<const MetadataRow*> Metadata::of(const Owner& owner) const {
    std::vector<const MetadataRow*> rows;
    for (const Index index : indexes(owner))
        if (row(index).owner == owner.number) rows.push_back(&row(index));
    std::sort(rows.begin(), rows.end(), [](const auto* one, const auto* other) { return one->key < other->key; });
    return rows;
}

std::vector<const MetadataRow*> Metadata::of_client(SlotId client) const {
    return of({false, client.slot, client.generation});
}

std::vector<const MetadataRow*> Metadata::of_room(Room room) const {
    return of({true, room, segment_->rooms()[room].opened});
}

std::uint32_t Metadata::keys_of_client(SlotId client) const noexcept {
    std::uint32_t keys = 0;
    for (const Index index : of_slot_[client.slot])
        if (row(index).owner == client.generation) keys |= metadata_bit(row(index).key);
    return keys;
}

bool Metadata::is_stale(const MetadataRow& row, const Rooms& rooms) const noexcept {
    if (row.is_of_room == 0) return false;
    return row.owner != segment_->rooms()[row.index].opened || (row.index != lobby && rooms.members(row.index).empty());
}

bool Metadata::has_place(const Rooms& rooms) const noexcept {
    return !free_.empty() || std::any_of(of_room_.begin(), of_room_.end(), [&](const std::vector<Index>& indexes) {
        return std::any_of(indexes.begin(), indexes.end(), [&](Index index) { return is_stale(row(index), rooms); });
    });
}

void Metadata::free_stale_rows(const Rooms& rooms) {
    for (std::vector<Index>& indexes : of_room_)
        std::erase_if(indexes, [&](Index index) {
            if (!is_stale(row(index), rooms)) return false;
            release(index);
            return true;
        });
}

void Metadata::apply(const Record& record, const Rooms& rooms) {
    if (record.kind == RecordKind::metadata_changed) return change(record, rooms);
    if (free_.size() == capacity()) return;  // there are no values
    if (record.kind == RecordKind::departed) remove_all(record.sender);
    const bool may_close_rooms =
        record.kind == RecordKind::departed || record.kind == RecordKind::left || record.kind == RecordKind::kicked;
    if (may_close_rooms) free_stale_rows(rooms);
}

void Metadata::change(const Record& record, const Rooms& rooms) {
    const auto changed = records::MetadataChanged::of(record);
    Owner owner{false, record.sender.slot, record.sender.generation};
    if (!changed.room.empty()) {
        const auto room = rooms.find(changed.room);
        // It may be another room of that name, if the record is applied again.
        if (!room || segment_->rooms()[*room].opened > record.sequence) return;
        owner = {true, *room, segment_->rooms()[*room].opened};
    } else if (!is_client_here(*segment_, record.sender)) {
        return;
    }
    std::string_view rows = changed.rows;
    while (const auto one = take_metadata_change(rows)) {
        const auto& known = indexes(owner);
        const auto found = std::find_if(known.begin(), known.end(), [&](Index index) {
            return row(index).owner == owner.number && row(index).key == one->key;
        });
        const auto index = found == known.end() ? std::nullopt : std::optional(*found);
        // What is there may be newer than a record that is applied again.
        const bool is_done = index && (row(*index).sequence >= record.sequence ||
                                       (one->is_set && row(*index).value_view() == one->value));
        if (is_done) continue;
        if (index) remove(owner, *index);
        if (one->is_set) set(record, owner, one->key, one->value, rooms);
    }
}

// The number is stored last: until then the row is unused. A value that replaces another one gets its row: after a
// crash between the two, the record is applied again.
void Metadata::set(const Record& record, const Owner& owner, std::uint8_t key, std::string_view value,
                   const Rooms& rooms) {
    if (free_.empty()) free_stale_rows(rooms);
    if (free_.empty()) return;
    const Index index = free_.back();
    free_.pop_back();
    MetadataRow& place = row(index);
    place.owner = owner.number;
    place.index = owner.index;
    place.is_of_room = owner.is_room ? 1 : 0;
    place.key = key;
    place.set_value(value);
    CHAT_CRASH_POINT("metadata: value written");
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::atomic_ref(place.sequence).store(record.sequence, std::memory_order_release);
    CHAT_CRASH_POINT("metadata: value set");
    indexes(owner).push_back(index);
}

void Metadata::remove(const Owner& owner, Index index) {
    std::erase(indexes(owner), index);
    release(index);
}

// A successor clears what a crash has left.
void Metadata::release(Index index) {
    MetadataRow& place = row(index);
    if (place.sequence != 0) {
        std::atomic_ref(place.sequence).store(0, std::memory_order_release);
        CHAT_CRASH_POINT("metadata: value removed");
    }
    if (place.value_size != 0) place.clear_value();
    free_.push_back(index);
}

void Metadata::remove_all(SlotId client) {
    if (client.slot >= of_slot_.size()) return;
    std::erase_if(of_slot_[client.slot], [&](Index index) {
        if (row(index).owner != client.generation) return false;
        release(index);
        return true;
    });
}

}  // namespace chat
