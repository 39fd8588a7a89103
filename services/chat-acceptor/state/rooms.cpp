// Rows, memberships and the maps of rooms.
#include "chat-acceptor/state/rooms.h"

#include "shared/records/room.h"
#include "shared/records/room_rights.h"
#include "shared/records/session.h"
#include "shared/system/crash_point.h"

#include <algorithm>

namespace chat {
namespace {

using records::RoomKind;
using records::SessionKind;

std::uint32_t bit_of(const ModeChange& change) noexcept {
    return change.letter == 'o' ? standing_bit::operates : standing_bit::has_voice;
}

}  // namespace

Rooms::Rooms(const Segment& segment)
    : segment_(&segment),
      membership_count_(segment.sizes().memberships),
      entries_(segment.rooms().size()),
      present_(segment.slots().size()),
      places_(present_.size() * membership_count_) {
    entries_[lobby].name = lobby_name;
    by_name_[entries_[lobby].name] = lobby;
    for (std::uint32_t slot = 0; slot < present_.size(); ++slot) {
        const ClientRow& row = valid_row(segment.slots()[slot]);
        if (row.state != SlotState::connected) continue;
        present_[slot] = row.generation;
        for (std::uint32_t index = 0; index < membership_count_; ++index) {
            const std::uint32_t membership = segment.memberships(slot)[index].load(std::memory_order_relaxed);
            if (membership == 0) continue;
            const Room room = (membership & ~standing_bit::both) - 1;
            if (room >= entries_.size() || (room == lobby) != (index == 0) || find_membership(slot, room))
                throw DamagedSegment("the memberships in shared memory are damaged");
            if (room != lobby) entries_[room].name = segment.rooms()[room].name_view();
            const std::string name = fold_case(entries_[room].name);
            if (!is_room_name(name) || by_name_.try_emplace(name, room).first->second != room)
                throw DamagedSegment("the rooms in shared memory are damaged");
            add({slot, row.generation}, index, room, membership & standing_bit::both);
        }
    }
}

void Rooms::apply(const Record& record) {
    const SlotId client = record.sender;
    if (record.kind == RecordKind::modes_changed) return change_standings(record);
    if (record.session == 0 || client.slot >= present_.size()) return;
    switch (records::session_kind(record)) {
        case SessionKind::connected:
            add_client(record);
            return;
        case SessionKind::departed:
            if (is_here(client)) remove_client(client.slot);
            return;
        case SessionKind::online:
        case SessionKind::renamed:
        case SessionKind::closed:
        case SessionKind::logged_in:
        case SessionKind::quieted:
        case SessionKind::kept_page:
        case SessionKind::seen:
        case SessionKind::introduced:
            return;
    }
    switch (records::room_kind(record)) {
        case RoomKind::joined:
            if (is_here(client)) enter(client, records::Joined::of(record).room, record.sequence);
            return;
        case RoomKind::left:
            if (is_here(client)) leave(client, records::Left::of(record).room);
            return;
        case RoomKind::kicked: {
            const auto kicked = records::Kicked::of(record);
            if (is_here(kicked.client)) leave(kicked.client, kicked.room);
            return;
        }
        case RoomKind::rooms:
        case RoomKind::topic:
        case RoomKind::topic_shown:
        case RoomKind::modes_changed:
        case RoomKind::invited:
            return;
    }
}

void Rooms::enter(SlotId client, std::string_view name, std::uint64_t joined_by) {
    const auto room = find_or_open(name, joined_by, false);
    const auto index = room ? find_free_membership(client.slot, *room) : std::nullopt;
    if (!index) return;
    const bool has_opened = *room != lobby && opened_by(*room) == joined_by;
    const std::uint32_t standing = has_opened ? standing_bit::operates : 0;
    segment_->joined(client.slot)[*index].store(joined_by, std::memory_order_relaxed);
    CHAT_CRASH_POINT("rooms: beginning of membership stored");
    segment_->memberships(client.slot)[*index].store((*room + 1) | standing, std::memory_order_release);
    CHAT_CRASH_POINT("rooms: membership stored");
    add(client, *index, *room, standing);
}

void Rooms::leave(SlotId client, std::string_view name) {
    const auto room = find(name);
    const auto index = room ? find_membership(client.slot, *room) : std::nullopt;
    if (!index) return;
    segment_->memberships(client.slot)[*index].store(0, std::memory_order_release);
    CHAT_CRASH_POINT("rooms: membership ended");
    remove(client.slot, *index);
}

void Rooms::change_standings(const Record& record) {
    const auto changed = records::ModesChanged::of(record);
    const auto room = find(changed.room);
    if (!room) return;
    std::string_view rows = changed.rows;
    while (const auto change = take_mode_change(rows))
        if (change->is_of_member()) change_standing(change->client, *room, bit_of(*change), change->adds);
}

// A room may lack operators once its last one was removed without leaving it.
void Rooms::change_standing(SlotId client, Room room, std::uint32_t bit, bool adds) {
    const auto index = is_here(client) ? find_membership(client.slot, room) : std::nullopt;
    if (!index) return;
    Entry& entry = entries_[room];
    Place& place = places_[client.slot * membership_count_ + *index];
    if ((place.standing & standing_bit::operates) != 0) --entry.operators;
    place.standing = adds ? place.standing | bit : place.standing & ~bit;
    if ((place.standing & standing_bit::operates) != 0) ++entry.operators;
    if (bit == standing_bit::operates) {
        segment_->rooms()[room].may_lack_operators = entry.operators == 0 ? 1 : 0;
        CHAT_CRASH_POINT("rooms: need of operators stored");
    }
    segment_->memberships(client.slot)[*index].store((room + 1) | place.standing, std::memory_order_release);
    CHAT_CRASH_POINT("rooms: standing stored");
    note_operators(room);
}

// The memberships of a slot do not count until the row of its client is committed.
void Rooms::add_client(const Record& record) {
    const SlotId client = record.sender;
    if (valid_row(segment_->slots()[client.slot]).changed_by >= record.sequence) return;
    remove_client(client.slot);
    const auto memberships = segment_->memberships(client.slot);
    const auto joined = segment_->joined(client.slot);
    for (Membership& membership : memberships) membership.store(0, std::memory_order_relaxed);
    present_[client.slot] = client.generation;
    const auto join = [&](std::string_view name) {
        const auto room = find_or_open(name, record.sequence, true);
        const auto index = room ? find_free_membership(client.slot, *room) : std::nullopt;
        if (!index) return;
        joined[*index].store(record.sequence, std::memory_order_relaxed);
        memberships[*index].store(*room + 1, std::memory_order_relaxed);
        add(client, *index, *room, 0);
    };
    CHAT_CRASH_POINT("rooms: newcomer present");
    if (records::Connected::of(record).dialect == DialectId::irc) return;
    join(lobby_name);
    for (std::string_view names = records::Connected::of(record).rooms; !names.empty();) {
        const std::size_t end = std::min(names.find(' '), names.size());
        join(names.substr(0, end));
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    CHAT_CRASH_POINT("rooms: newcomer added");
}

// Its memberships end here: they no longer belong to a connected client.
void Rooms::remove_client(std::uint32_t slot) {
    for (std::uint32_t index = 0; index < membership_count_; ++index)
        if (places_of(slot)[index].membership != 0) remove(slot, index);
    present_[slot] = 0;
}

std::optional<Room> Rooms::find(std::string_view name) const {
    const auto found = by_name_.find(std::string_view(FoldedName(name)));
    return found != by_name_.end() ? std::optional(found->second) : std::nullopt;
}

bool Rooms::is_member(SlotId client, Room room) const noexcept {
    return is_here(client) && find_membership(client.slot, room);
}

std::optional<std::uint64_t> Rooms::joined_by(SlotId client, Room room) const noexcept {
    const auto index = is_here(client) ? find_membership(client.slot, room) : std::nullopt;
    if (!index) return std::nullopt;
    return segment_->joined(client.slot)[*index].load(std::memory_order_relaxed);
}

RoomStanding Rooms::standing(SlotId client, Room room) const noexcept {
    const auto index = is_here(client) ? find_membership(client.slot, room) : std::nullopt;
    const std::uint32_t bits = index ? places_of(client.slot)[*index].standing : 0;
    return {(bits & standing_bit::operates) != 0, (bits & standing_bit::has_voice) != 0};
}

std::optional<Room> Rooms::find_without_operator() const {
    return without_operator_.empty() ? std::nullopt : std::optional(*without_operator_.begin());
}

void Rooms::note_operators(Room room) {
    if (room == lobby) return;
    const Entry& entry = entries_[room];
    const bool may_lack = segment_->rooms()[room].may_lack_operators != 0;
    if (entry.operators == 0 && !entry.members.empty() && !may_lack)
        without_operator_.insert(room);
    else if (!without_operator_.empty())
        without_operator_.erase(room);
}

std::optional<Room> Rooms::next(std::string_view name) const {
    if (name.empty()) return lobby;
    const std::string folded = fold_case(name);
    const auto found = folded == lobby_name ? sorted_.begin() : sorted_.upper_bound(std::string_view(folded));
    return found != sorted_.end() ? std::optional(found->second) : std::nullopt;
}

std::vector<Room> Rooms::rooms_of(SlotId client) const {
    std::vector<Room> rooms;
    if (!is_here(client)) return rooms;
    for (const Place& place : places_of(client.slot))
        if (place.membership != 0) rooms.push_back(place.membership - 1);
    return rooms;
}

bool Rooms::has_place_for_another(SlotId client) const noexcept {
    if (!is_here(client)) return false;
    const auto places = places_of(client.slot).subspan(1);
    return std::any_of(places.begin(), places.end(), [](const Place& place) { return place.membership == 0; });
}

std::optional<std::uint32_t> Rooms::find_membership(std::uint32_t slot, Room room) const noexcept {
    const auto places = places_of(slot);
    for (std::uint32_t index = 0; index < places.size(); ++index)
        if (places[index].membership == room + 1) return index;
    return std::nullopt;
}

// The first membership is reserved for the lobby, so that there is always a way back to it. Empty: the client is
// already in the room, or in as many as it may be.
std::optional<std::uint32_t> Rooms::find_free_membership(std::uint32_t slot, Room room) const noexcept {
    if (find_membership(slot, room)) return std::nullopt;
    if (room == lobby) return 0;
    const auto places = places_of(slot);
    for (std::uint32_t index = 1; index < places.size(); ++index)
        if (places[index].membership == 0) return index;
    return std::nullopt;
}

std::optional<Room> Rooms::find_or_open(std::string_view name, std::uint64_t opened_by, bool may_lack_operators) {
    if (const auto room = find(name)) return room;
    if (!is_room_name(name)) return std::nullopt;
    for (Room room = lobby + 1; room < entries_.size(); ++room) {
        if (!entries_[room].members.empty()) continue;
        segment_->rooms()[room].set_name(name);
        segment_->rooms()[room].opened = opened_by;
        segment_->rooms()[room].may_lack_operators = may_lack_operators ? 1 : 0;
        std::atomic_signal_fence(std::memory_order_seq_cst);  // the name is stored before memberships refer to the room
        CHAT_CRASH_POINT("rooms: name written");
        entries_[room].name = name;
        return room;
    }
    return std::nullopt;
}

void Rooms::add(SlotId client, std::uint32_t index, Room room, std::uint32_t standing) {
    Entry& entry = entries_[room];
    places_[client.slot * membership_count_ + index] = {room + 1, static_cast<std::uint32_t>(entry.members.size()),
                                                        standing};
    entry.members.push_back(client);
    entry.indexes.push_back(index);
    if ((standing & standing_bit::operates) != 0) ++entry.operators;
    note_operators(room);
    if (entry.members.size() > 1) return;
    const auto named = by_name_.insert_or_assign(fold_case(entry.name), room).first;
    if (room != lobby) sorted_[named->first] = room;
}

void Rooms::remove(std::uint32_t slot, std::uint32_t index) {
    const auto [membership, position, standing] = places_[slot * membership_count_ + index];
    places_[slot * membership_count_ + index] = {};
    const Room room = membership - 1;
    Entry& entry = entries_[room];
    if (position + 1 < entry.members.size()) {
        // The last member takes its place.
        entry.members[position] = entry.members.back();
        entry.indexes[position] = entry.indexes.back();
        places_[entry.members[position].slot * membership_count_ + entry.indexes[position]].position = position;
    }
    entry.members.pop_back();
    entry.indexes.pop_back();
    if ((standing & standing_bit::operates) != 0) --entry.operators;
    note_operators(room);
    if (room == lobby || !entry.members.empty()) return;
    const auto named = by_name_.find(std::string_view(FoldedName(entry.name)));
    if (named == by_name_.end()) return;
    sorted_.erase(named->first);
    by_name_.erase(named);
}

}  // namespace chat
