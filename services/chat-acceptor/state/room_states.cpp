// What records change in the state of a room.
#include "chat-acceptor/state/room_states.h"

#include "shared/records/room.h"
#include "shared/records/room_rights.h"
#include "shared/records/session.h"
#include "shared/text/line.h"

#include <algorithm>
#include <array>

namespace chat {
namespace {

constexpr std::array<std::pair<char, RoomMode>, 6> letters = {{{'C', RoomMode::no_ctcp},
                                                               {'i', RoomMode::invited_join},
                                                               {'m', RoomMode::voiced_write},
                                                               {'n', RoomMode::members_write},
                                                               {'s', RoomMode::secret},
                                                               {'t', RoomMode::operators_set_topic}}};

void change_mode(RoomState& state, const ModeChange& change) {
    if (const auto mode = room_mode_of(change.letter))
        state.set(*mode, change.adds);
    else if (change.letter == 'k')
        state.key.set(change.adds ? change.param : std::string_view{});
    else if (change.letter == 'l')
        state.limit = change.adds ? whole_number<std::uint32_t>(change.param).value_or(0) : 0;
}

}  // namespace

std::optional<RoomMode> room_mode_of(char letter) noexcept {
    const auto* const found =
        std::find_if(letters.begin(), letters.end(), [letter](const auto& pair) { return pair.first == letter; });
    return found == letters.end() ? std::nullopt : std::optional(found->second);
}

std::string letters_of(const RoomState& state) {
    std::string text = "+";
    for (const auto& [letter, mode] : letters)
        if (state.has(mode)) text += letter;
    if (!state.key.view().empty()) text += 'k';
    if (state.limit != 0) text += 'l';
    return text;
}

RoomStates::RoomStates(const Segment& segment)
    : segment_(&segment), lists_(segment), restricts_writing_(segment.rooms().size()) {
    for (Room room = 0; room < restricts_writing_.size(); ++room) note_restrictions(room);
}

void RoomStates::note_restrictions(Room room) {
    const RoomState state = of(room);
    restricts_writing_[room] =
        state.has(RoomMode::voiced_write) || state.has(RoomMode::no_ctcp) || lists_.has_bans(room);
}

RoomState RoomStates::of(Room room) const noexcept {
    RoomState state = valid_row(segment_->room_states()[room]);
    const std::uint64_t opened = segment_->rooms()[room].opened;
    if (state.opened == opened) return state;
    state = {};
    state.opened = opened;
    return state;
}

void RoomStates::apply(const Record& record, const Rooms& rooms) {
    lists_.apply(record, rooms);
    if (record.kind == RecordKind::connected) {
        for (std::string_view names = records::Connected::of(record).rooms; !names.empty();) {
            const std::size_t end = std::min(names.find(' '), names.size());
            open(names.substr(0, end), record, rooms);
            names.remove_prefix(std::min(end + 1, names.size()));
        }
        return;
    }
    switch (records::room_kind(record)) {
        case records::RoomKind::joined:
            return open(records::Joined::of(record).room, record, rooms);
        case records::RoomKind::topic:
            return set_topic(record, rooms);
        case records::RoomKind::modes_changed:
            return change_modes(record, rooms);
        case records::RoomKind::left:
        case records::RoomKind::kicked:
        case records::RoomKind::rooms:
        case records::RoomKind::topic_shown:
        case records::RoomKind::invited:
            return;
    }
}

// Rooms that an earlier version opened have no time until their modes change.
void RoomStates::open(std::string_view name, const Record& record, const Rooms& rooms) {
    const auto room = rooms.find(name);
    if (!room || *room == lobby || rooms.opened_by(*room) != record.sequence) return;
    note_restrictions(*room);
    RoomState state = of(*room);
    if (state.opened_at == record.at) return;
    state.opened_at = record.at;
    replace_row(segment_->room_states()[*room], state);
}

void RoomStates::set_topic(const Record& record, const Rooms& rooms) {
    const auto topic = records::Topic::of(record);
    const auto room = rooms.find(topic.room);
    if (!room) return;
    RoomState state = of(*room);
    state.set_topic(topic.text);
    state.topic_at = record.at;
    state.topic_by.set(records::name_of_actor(record));
    replace_row(segment_->room_states()[*room], state);
}

void RoomStates::change_modes(const Record& record, const Rooms& rooms) {
    const auto changed = records::ModesChanged::of(record);
    const auto room = rooms.find(changed.room);
    if (!room) return;
    RoomState state = of(*room);
    bool is_changed = false;
    std::string_view rows = changed.rows;
    while (const auto change = take_mode_change(rows)) {
        is_changed = is_changed || !change->is_of_member();
        change_mode(state, *change);
    }
    if (state.opened_at == 0 && *room != lobby) {
        state.opened_at = record.at;
        is_changed = true;
    }
    if (is_changed) replace_row(segment_->room_states()[*room], state);
    note_restrictions(*room);
}

}  // namespace chat
