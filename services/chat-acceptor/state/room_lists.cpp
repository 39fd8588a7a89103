// Adding, removing and finding entries.
#include "chat-acceptor/state/room_lists.h"

#include "chat-acceptor/state/sessions.h"
#include "shared/records/room.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <atomic>

namespace chat {

RoomLists::RoomLists(const Segment& segment) : segment_(&segment), of_room_(segment.rooms().size()) {
    const auto entries = segment.room_entries();
    for (std::uint32_t index = 0; index < entries.size(); ++index)
        if (entries[index].sequence != 0 && entries[index].room < of_room_.size())
            of_room_[entries[index].room].push_back(index);
}

// An invitation counts while its client is connected.
bool RoomLists::belongs(const RoomEntry& entry, Room room) const noexcept {
    return entry.sequence != 0 && entry.room == room && entry.opened == segment_->rooms()[room].opened &&
           (entry.list != invitation_list || is_client_here(*segment_, {entry.slot, entry.generation}));
}

bool RoomLists::is_free(const RoomEntry& entry, const Rooms& rooms) const noexcept {
    if (entry.sequence == 0 || entry.room >= of_room_.size() || !belongs(entry, entry.room)) return true;
    return entry.room != lobby && rooms.members(entry.room).empty();
}

RoomEntry* RoomLists::find_place(const Rooms& rooms) const noexcept {
    const auto entries = segment_->room_entries();
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const RoomEntry& entry) { return is_free(entry, rooms); });
    return found == entries.end() ? nullptr : &*found;
}

bool RoomLists::has_places(std::size_t count, const Rooms& rooms) const noexcept {
    for (const RoomEntry& entry : segment_->room_entries())
        if (count > 0 && is_free(entry, rooms)) --count;
    return count == 0;
}

std::vector<const RoomEntry*> RoomLists::entries(Room room, char list) const {
    std::vector<const RoomEntry*> found;
    for (const std::uint32_t index : of_room_[room]) {
        const RoomEntry& entry = segment_->room_entries()[index];
        if (belongs(entry, room) && entry.list == list) found.push_back(&entry);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto* one, const auto* other) { return one->sequence < other->sequence; });
    return found;
}

std::vector<const RoomEntry*> RoomLists::invitations_of(SlotId client, const Rooms& rooms) const {
    std::vector<const RoomEntry*> found;
    for (const RoomEntry& entry : segment_->room_entries())
        if (entry.list == invitation_list && SlotId{entry.slot, entry.generation} == client && !is_free(entry, rooms))
            found.push_back(&entry);
    std::sort(found.begin(), found.end(),
              [](const auto* one, const auto* other) { return one->sequence < other->sequence; });
    return found;
}

std::size_t RoomLists::mask_count(Room room) const noexcept {
    return static_cast<std::size_t>(
        std::count_if(of_room_[room].begin(), of_room_[room].end(), [&](std::uint32_t index) {
            const RoomEntry& entry = segment_->room_entries()[index];
            return belongs(entry, room) && entry.list != invitation_list;
        }));
}

bool RoomLists::has_bans(Room room) const noexcept {
    return find_if(room, 'b', [](const RoomEntry&) { return true; }) != nullptr;
}

const RoomEntry* RoomLists::find(Room room, char list, std::string_view mask) const noexcept {
    return find_if(room, list, [mask](const RoomEntry& entry) { return equal_ignoring_case(entry.mask.view(), mask); });
}

bool RoomLists::is_invited(Room room, SlotId client) const noexcept {
    const auto is_for_client = [client](const RoomEntry& entry) {
        return SlotId{entry.slot, entry.generation} == client;
    };
    return find_if(room, invitation_list, is_for_client) != nullptr;
}

void RoomLists::apply(const Record& record, const Rooms& rooms) {
    switch (records::room_kind(record)) {
        case records::RoomKind::modes_changed:
            return change(record, rooms);
        case records::RoomKind::invited:
            return invite(record, rooms);
        case records::RoomKind::joined: {
            // An invitation is good for one time.
            const auto room = rooms.find(records::Joined::of(record).room);
            if (room && rooms.is_member(record.sender, *room))
                for (const RoomEntry* entry : entries(*room, invitation_list))
                    if (SlotId{entry->slot, entry->generation} == record.sender) remove(*room, *entry);
            return;
        }
        case records::RoomKind::left:
        case records::RoomKind::kicked:
        case records::RoomKind::rooms:
        case records::RoomKind::topic:
        case records::RoomKind::topic_shown:
            return;
    }
}

void RoomLists::change(const Record& record, const Rooms& rooms) {
    const auto changed = records::ModesChanged::of(record);
    const auto room = rooms.find(changed.room);
    if (!room) return;
    std::string_view rows = changed.rows;
    while (const auto change = take_mode_change(rows)) {
        if (mask_lists.find(change->letter) == std::string_view::npos) continue;
        const RoomEntry* entry = find(*room, change->letter, change->param);
        if (!change->adds && entry != nullptr) remove(*room, *entry);
        if (!change->adds || entry != nullptr) continue;
        RoomEntry added{};
        added.sequence = record.sequence;
        added.at = record.at;
        added.room = *room;
        added.list = change->letter;
        added.mask.set(change->param);
        added.by.set(records::name_of_actor(record));
        add(added, rooms);
    }
}

void RoomLists::invite(const Record& record, const Rooms& rooms) {
    const auto invited = records::Invited::of(record);
    const auto room = rooms.find(invited.room);
    if (!room || !invited.opens || is_invited(*room, invited.client)) return;
    RoomEntry added{};
    added.sequence = record.sequence;
    added.at = record.at;
    added.room = *room;
    added.list = invitation_list;
    added.slot = invited.client.slot;
    added.generation = invited.client.generation;
    added.by.set(record.name);
    add(added, rooms);
}

// The number is stored last: until then the entry is unused.
void RoomLists::add(RoomEntry entry, const Rooms& rooms) {
    RoomEntry* place = find_place(rooms);
    if (place == nullptr) return;
    const std::uint64_t sequence = entry.sequence;
    std::atomic_ref(place->sequence).store(0, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    entry.sequence = 0;
    entry.opened = segment_->rooms()[entry.room].opened;
    *place = entry;
    CHAT_CRASH_POINT("room lists: entry written");
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::atomic_ref(place->sequence).store(sequence, std::memory_order_release);
    CHAT_CRASH_POINT("room lists: entry added");
    auto& indexes = of_room_[entry.room];
    std::erase_if(indexes, [&](std::uint32_t index) { return !belongs(segment_->room_entries()[index], entry.room); });
    const auto index = static_cast<std::uint32_t>(place - segment_->room_entries().data());
    if (std::find(indexes.begin(), indexes.end(), index) == indexes.end()) indexes.push_back(index);
}

void RoomLists::remove(Room room, const RoomEntry& entry) {
    const auto index = static_cast<std::uint32_t>(&entry - segment_->room_entries().data());
    std::atomic_ref(segment_->room_entries()[index].sequence).store(0, std::memory_order_release);
    CHAT_CRASH_POINT("room lists: entry removed");
    std::erase(of_room_[room], index);
}

}  // namespace chat
