// Operators of rooms: /topic /kick /op /deop, and the modes of a room.
#include "chat-acceptor/acts/room_rights.h"

#include "shared/records/room_rights.h"

#include <algorithm>
#include <string>
#include <tuple>

namespace chat {
namespace {

std::string name_of(const ActContext& context, SlotId client) {
    return std::string(context.tables->sessions.row(client.slot).name_view());
}

Draft refuse_unable(std::string_view what) {
    return Draft::refusal(ErrorCode::forbidden, "Only an operator of the room can " + std::string(what));
}

Draft refuse_absent(const ActContext& context, Room room, std::string_view who) {
    return Draft::refusal(ErrorCode::not_a_member,
                          std::string(who) + " is not in the room " + std::string(context.tables->rooms.name(room)));
}

Draft refuse_stranger(const ActContext& context, Room room) {
    return Draft::refusal(ErrorCode::not_a_member,
                          "You are not in the room " + std::string(context.tables->rooms.name(room)));
}

// The room in which somebody wants to do what only its operators may; or the refusal.
struct Place {
    std::optional<Room> room;
    std::optional<Draft> refusal;
};
Place find_place(const ActContext& context, std::string_view name, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(name);
    if (!room || !is_shown_to(context, *room, asker.client)) return {std::nullopt, refuse_unknown_room(name)};
    if (!rooms.is_member(asker.client, *room)) return {room, refuse_stranger(context, *room)};
    return {room, std::nullopt};
}

bool operates(const ActContext& context, Room room, const Asker& asker) {
    return context.tables->rooms.standing(asker.client, room).is_operator;
}

// The change as it is recorded; empty if it makes no difference.
std::optional<ModeChange> member_change(const ActContext& context, Room room, SlotId client,
                                        const ModeRequest& request) {
    const RoomStanding standing = context.tables->rooms.standing(client, room);
    const bool is_so = request.letter == 'o' ? standing.is_operator : standing.has_voice;
    if (is_so == request.adds) return std::nullopt;
    const ClientRow& row = context.tables->sessions.row(client.slot);
    return ModeChange{request.letter, request.adds, client, row.client_id, row.name_view()};
}

std::optional<ModeChange> room_change(const RoomState& state, const ModeRequest& request) {
    if (const auto mode = room_mode_of(request.letter); mode && state.has(*mode) != request.adds)
        return ModeChange{.letter = request.letter, .adds = request.adds};
    return std::nullopt;
}

}  // namespace

bool is_shown_to(const ActContext& context, Room room, SlotId client) {
    return !context.tables->room_states.of(room).has(RoomMode::secret) || context.tables->rooms.is_member(client, room);
}

Draft set_topic(const ActContext& context, Room room, std::string_view text,
                std::optional<std::uint32_t> operator_uid) {
    if (text.size() > max_topic_size)
        return Draft::refusal(ErrorCode::bad_arguments,
                              "A topic can have at most " + std::to_string(max_topic_size) + " bytes");
    const Rooms& rooms = context.tables->rooms;
    return {records::Topic{.room = rooms.name(room), .text = text, .operator_uid = operator_uid}.record(),
            Receivers(rooms.members(room))};
}

Draft change_modes(const ActContext& context, Room room, const std::vector<ModeRequest>& requests,
                   std::optional<std::uint32_t> operator_uid) {
    const Rooms& rooms = context.tables->rooms;
    const RoomState state = context.tables->room_states.of(room);
    std::string rows;
    for (const ModeRequest& request : requests) {
        std::optional<ModeChange> change;
        if (request.letter == 'o' || request.letter == 'v') {
            if (room == lobby) return Draft::refusal(ErrorCode::forbidden, "The lobby has no operators");
            const auto client = find_client(context, request.client);
            if (!client) return refuse_unknown_client(request.client.word);
            if (!rooms.is_member(*client, room)) return refuse_absent(context, room, name_of(context, *client));
            change = member_change(context, room, *client, request);
        } else {
            change = room_change(state, request);
        }
        if (change) append_mode_change(rows, *change);
    }
    if (rows.empty()) return Draft(records::Done{}.record());
    return Draft(records::ModesChanged{.room = rooms.name(room), .operator_uid = operator_uid}.record(),
                 Receivers(rooms.members(room)))
        .with_text(std::move(rows));
}

Draft appoint_operator(const ActContext& context, Room room) {
    const Rooms& rooms = context.tables->rooms;
    const auto rank = [&](SlotId client) {
        const ClientRow& row = context.tables->sessions.row(client.slot);
        return std::tuple(row.announced == 0, row.account == 0, rooms.joined_by(client, room).value_or(0));
    };
    const auto members = rooms.members(room);
    const SlotId next = *std::min_element(members.begin(), members.end(),
                                          [&](SlotId one, SlotId other) { return rank(one) < rank(other); });
    const ClientRow& row = context.tables->sessions.row(next.slot);
    std::string rows;
    append_mode_change(rows, {'o', true, next, row.client_id, row.name_view()});
    const Record record = records::ModesChanged{.room = rooms.name(room)}.record();
    if (context.tables->room_states.of(room).opened_at == 0) return Draft(record).with_text(std::move(rows));
    return Draft(record, Receivers(members)).with_text(std::move(rows));
}

Draft perform(const act::SetTopic& act, const ActContext& context, const Asker& asker) {
    auto place = find_place(context, act.room, asker);
    if (place.refusal) return *std::move(place.refusal);
    if (context.tables->room_states.of(*place.room).has(RoomMode::operators_set_topic) &&
        !operates(context, *place.room, asker))
        return refuse_unable("set its topic");
    return set_topic(context, *place.room, act.text);
}

Draft perform(const act::ShowTopic& act, const ActContext& context, const Asker& asker) {
    const Rooms& rooms = context.tables->rooms;
    const auto room = rooms.find(act.room);
    if (!room || !is_shown_to(context, *room, asker.client)) return refuse_unknown_room(act.room);
    const RoomState state = context.tables->room_states.of(*room);
    records::TopicShown shown{.room = rooms.name(*room)};
    if (state.topic_size > 0) {
        shown.name = state.topic_by.view();
        shown.at = state.topic_at;
        shown.topic = state.topic_view();
    }
    std::string text;
    const Record record = shown.record(text);
    return Draft(record).with_text(std::move(text));
}

Draft perform(const act::KickFromRoom& act, const ActContext& context, const Asker& asker) {
    auto place = find_place(context, act.room, asker);
    if (place.refusal) return *std::move(place.refusal);
    const Rooms& rooms = context.tables->rooms;
    if (!operates(context, *place.room, asker)) return refuse_unable("remove members from it");
    const auto client = find_client(context, act.client);
    if (!client) return refuse_unknown_client(act.client.word);
    if (!rooms.is_member(*client, *place.room)) return refuse_absent(context, *place.room, name_of(context, *client));
    const ClientRow& row = context.tables->sessions.row(client->slot);
    std::string text;
    const Record record = records::Kicked{.room = rooms.name(*place.room),
                                          .client = *client,
                                          .client_id = row.client_id,
                                          .client_name = row.name_view(),
                                          .reason = act.reason}
                              .record(text);
    return Draft(record, Receivers(rooms.members(*place.room))).with_text(std::move(text));
}

Draft perform(const act::ChangeModes& act, const ActContext& context, const Asker& asker) {
    auto place = find_place(context, act.room, asker);
    if (place.refusal) return *std::move(place.refusal);
    if (!operates(context, *place.room, asker)) return refuse_unable("change its modes");
    return change_modes(context, *place.room, act.requests);
}

}  // namespace chat
