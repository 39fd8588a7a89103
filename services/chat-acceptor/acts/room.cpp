// Rooms: /join /leave /say /rooms /members, and messages to the lobby.
#include "shared/records/room.h"

#include "chat-acceptor/acts/list_part.h"
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/acts/room_rules.h"
#include "shared/records/message.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <optional>

namespace chat {
namespace {

// The members of a room that at least one client in so many is in are found among all clients, who are already sorted.
constexpr std::size_t large_room_share = 8;

Draft refuse_room_name() {
    return Draft::refusal(ErrorCode::bad_name,
                          "A room's name must begin with a letter or digit, and have at most 32 bytes without spaces, "
                          "commas and slashes");
}

// Is there a place for a new room? Places are reserved for the rooms that newcomers join automatically.
bool can_open(const ActContext& context, std::string_view name) {
    const Rooms& rooms = context.tables->rooms;
    std::size_t kept = 0;
    for (const std::string& room : context.config->auto_join) {
        if (equal_ignoring_case(room, name)) return true;
        if (!rooms.find(room)) ++kept;
    }
    return rooms.count() + kept < rooms.capacity();
}

Draft joined(std::string_view room, std::size_t count, std::span<const SlotId> receivers = {},
             std::uint32_t account = 0) {
    return {records::Joined{.room = room, .count = static_cast<std::uint32_t>(count), .account = account}.record(),
            Receivers(receivers)};
}

Draft left(std::string_view room, std::size_t count, std::string_view words = {},
           std::span<const SlotId> receivers = {}) {
    return {records::Left{.room = room, .count = static_cast<std::uint32_t>(count), .words = words}.record(),
            Receivers(receivers)};
}

Draft said_in(std::string_view room, std::string_view text, std::span<const SlotId> members, std::uint16_t form = 0,
              bool is_member = true) {
    const std::size_t others = members.size() - (is_member ? 1 : 0);
    const records::Message message{
        .to = ToRoom{room}, .text = text, .count = static_cast<std::uint32_t>(others), .form = form};
    return {message.record(), Receivers(members)};
}

}  // namespace

Draft enter_room(const act::JoinRoom& act, const ActContext& context, const Asker& asker, bool heeds_rules) {
    if (!is_room_name(act.room)) return refuse_room_name();
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(act.room);
    if (room && rooms.is_member(asker.client, *room))
        return joined(rooms.name(*room), visible_count(context, *room, asker));
    if (room != lobby && !rooms.has_place_for_another(asker.client))
        return Draft::refusal(ErrorCode::too_many_rooms, "You have joined the maximum number of rooms");
    if (!room && !can_open(context, act.room))
        return Draft::refusal(ErrorCode::too_many_rooms, "The server has reached its limit of rooms");
    const std::uint32_t account = asker.row->account;
    if (!room) return joined(act.room, 1, {}, account);
    if (heeds_rules) {
        const auto objection = objection_to_entry(*context.tables, *room, asker.client, act.key);
        if (auto refusal = refuse_entry(objection, rooms.name(*room))) return *std::move(refusal);
    }
    return joined(rooms.name(*room), visible_count(context, *room, asker) + 1, rooms.members(*room), account);
}

Draft perform(const act::JoinRoom& act, const ActContext& context, const Asker& asker) {
    return enter_room(act, context, asker, true);
}

Draft perform(const act::LeaveRoom& act, const ActContext& context, const Asker& asker) {
    if (!is_room_name(act.room)) return refuse_room_name();
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(act.room);
    if (!room) return left(act.room, 0);
    const auto members = rooms.members(*room);
    const std::size_t count = visible_count(context, *room, asker);
    if (!rooms.is_member(asker.client, *room)) return left(rooms.name(*room), count);
    if (asker.row->is_quiet) return left(rooms.name(*room), count - 1);
    return left(rooms.name(*room), count - 1, act.words, members);
}

Draft perform(const act::SayInRoom& act, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(act.room);
    if (!room) return refuse_unknown_room(act.room);
    const bool is_member = rooms.is_member(asker.client, *room);
    if (!is_member || context.tables->room_states.restricts_writing(*room)) {
        const auto objection = objection_to_speech(*context.tables, *room, asker.client, act.form);
        if (objection != SpeechObjection::none) return *refuse_speech(objection, rooms.name(*room));
    }
    return said_in(rooms.name(*room), act.text, rooms.members(*room), act.form, is_member);
}

Draft perform(const act::SayToStanding& act, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(act.room);
    if (!room) return refuse_unknown_room(act.room);
    const auto objection = objection_to_speech(*context.tables, *room, asker.client, act.form);
    if (objection != SpeechObjection::none) return *refuse_speech(objection, rooms.name(*room));
    std::vector<SlotId> receivers;
    for (const SlotId member : rooms.members(*room)) {
        const RoomStanding standing = rooms.standing(member, *room);
        if (member != asker.client && (standing.is_operator || (standing.has_voice && !act.only_operators)))
            receivers.push_back(member);
    }
    const records::Message message{.to = ToRoom{rooms.name(*room)},
                                   .text = act.text,
                                   .count = static_cast<std::uint32_t>(receivers.size()),
                                   .form = act.form,
                                   .only = act.only_operators ? MessageAudience::operators : MessageAudience::voiced};
    return {message.record(), Receivers(std::move(receivers))};
}

Draft perform(const act::SayInLobby& act, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    if (!rooms.is_member(asker.client, lobby))
        return Draft::refusal(ErrorCode::not_a_member, "You are not in the lobby");
    if (context.tables->room_states.restricts_writing(lobby)) {
        const auto objection = objection_to_speech(*context.tables, lobby, asker.client, 0);
        if (objection != SpeechObjection::none) return *refuse_speech(objection, lobby_name);
    }
    return said_in(lobby_name, act.text, rooms.members(lobby));
}

Draft perform(const act::ListRooms& /*act*/, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    ListPart part(*asker.row);
    std::string rows;
    auto room = rooms.next(asker.row->list_cursor_view());
    std::optional<Room> last;
    for (; room; room = rooms.next(rooms.name(*room))) {
        if (!is_shown_to(*context.tables, *room, asker.client)) continue;
        if (!part.take(largest_room_line)) break;
        append_room_info(rows, {static_cast<std::uint32_t>(visible_count(context, *room, asker)),
                                rooms.is_member(asker.client, *room), rooms.name(*room)});
        last = room;
    }
    if (last) part.set_cursor(std::string(rooms.name(*last)));
    return std::move(part).finish(records::Rooms{}, std::move(rows), !room);
}

Draft perform(const act::ListMembers& act, const ActContext& context, const Asker& asker) {
    const Tables& tables = *context.tables;
    const auto room = tables.rooms.find(act.room);
    if (!room && asker.row->list_count > 0) return list_clients(context, asker, {}, "members");  // it has just ended
    if (!room || !is_shown_to(tables, *room, asker.client)) return refuse_unknown_room(act.room);
    const auto members = tables.rooms.members(*room);
    const auto everyone = tables.sessions.everyone();
    if (members.size() > everyone.size() / large_room_share)
        return list_clients(context, asker, everyone, "members", room);
    std::vector<SlotId> sorted(members.begin(), members.end());
    std::sort(sorted.begin(), sorted.end(), [&](SlotId a, SlotId b) {
        return tables.sessions.row(a.slot).session < tables.sessions.row(b.slot).session;
    });
    return list_clients(context, asker, sorted, "members", room);
}

}  // namespace chat
