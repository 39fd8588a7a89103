// Rooms: /join /leave /say /rooms /members.
#include "chat-acceptor/commands.h"
#include "shared/line.h"
#include "shared/text_rules.h"

#include <algorithm>

namespace chat {
namespace {

Record refuse_room_name(CommandContext& context) {
    return refuse(context, ErrorCode::bad_name,
                  "A room's name is a letter and up to 31 letters, digits, dots, dashes or underscores");
}

// Is there a place for a room that is not there yet? Those that newcomers are in from the start have theirs kept.
bool can_open(const CommandContext& context, std::string_view name) {
    std::size_t kept = 0;
    for (const std::string& room : context.config->auto_join) {
        if (equal_ignoring_case(room, name)) return true;
        if (!context.rooms->find(room)) ++kept;
    }
    return context.rooms->count() + kept < context.rooms->capacity();
}

Record about_room(RecordKind kind, std::string_view room, std::size_t count) {
    Record record;
    record.kind = kind;
    record.target = room;
    record.number = static_cast<std::uint32_t>(count);
    return record;
}

}  // namespace

std::string_view without_hash(std::string_view name) noexcept {
    return name.starts_with('#') ? name.substr(1) : name;
}

Record refuse_unknown_room(CommandContext& context, std::string_view name) {
    return refuse(context, ErrorCode::no_such_room, "There is no room " + std::string(name));
}

Record handle_join(CommandContext& context, const Request& request) {
    const std::string_view name = without_hash(request.text);
    if (!is_name(name)) return refuse_room_name(context);
    const Rooms& rooms = *context.rooms;
    const auto room = rooms.find(name);
    if (room && rooms.is_member(request.client, *room))
        return about_room(RecordKind::joined, rooms.name(*room), rooms.members(*room).size());
    if (room != lobby && !rooms.has_place_for_another(request.client))
        return refuse(context, ErrorCode::too_many_rooms, "You are in as many rooms as a client may be in");
    if (!room && !can_open(context, name))
        return refuse(context, ErrorCode::too_many_rooms, "There are as many rooms as there may be");
    if (!room) return about_room(RecordKind::joined, name, 1);
    Record record = about_room(RecordKind::joined, rooms.name(*room), rooms.members(*room).size() + 1);
    record.receivers = rooms.members(*room);
    return record;
}

Record handle_leave(CommandContext& context, const Request& request) {
    const std::string_view name = without_hash(request.text);
    if (!is_name(name)) return refuse_room_name(context);
    const Rooms& rooms = *context.rooms;
    const auto room = rooms.find(name);
    if (!room) return about_room(RecordKind::left, name, 0);
    const auto members = rooms.members(*room);
    if (!rooms.is_member(request.client, *room)) return about_room(RecordKind::left, rooms.name(*room), members.size());
    Record record = about_room(RecordKind::left, rooms.name(*room), members.size() - 1);
    record.receivers = members;
    return record;
}

Record handle_say(CommandContext& context, const Request& request) {
    const auto [word, text] = split_first_word(request.text);
    const std::string_view name = without_hash(word);
    const Rooms& rooms = *context.rooms;
    const auto room = rooms.find(name);
    if (!room) return refuse_unknown_room(context, name);
    if (!rooms.is_member(request.client, *room))
        return refuse(context, ErrorCode::not_a_member, "You are not in the room " + std::string(rooms.name(*room)));
    Record record = about_room(RecordKind::message, rooms.name(*room), rooms.members(*room).size() - 1);
    record.scope = static_cast<std::uint8_t>(MessageScope::room);
    record.text = text;
    record.receivers = rooms.members(*room);
    return record;
}

Record say_in_lobby(CommandContext& context, const Request& request) {
    if (!context.rooms->is_member(request.client, lobby))
        return refuse(context, ErrorCode::not_a_member, "You are not in the lobby");
    Record record = about_room(RecordKind::message, lobby_name, context.rooms->members(lobby).size() - 1);
    record.scope = static_cast<std::uint8_t>(MessageScope::room);
    record.text = request.text;
    record.receivers = context.rooms->members(lobby);
    return record;
}

Record handle_rooms(CommandContext& context, const Request& request) {
    const Rooms& rooms = *context.rooms;
    context.text.clear();
    const auto all = rooms.all();
    for (const Room room : all)
        append_room_info(context.text, {static_cast<std::uint32_t>(rooms.members(room).size()),
                                        rooms.is_member(request.client, room), rooms.name(room)});
    Record record = about_room(RecordKind::rooms, {}, all.size());
    record.text = context.text;
    return record;
}

Record handle_members(CommandContext& context, const Request& request) {
    const std::string_view name = without_hash(request.text);
    const auto room = context.rooms->find(name);
    if (!room) return refuse_unknown_room(context, name);
    const auto members = context.rooms->members(*room);
    context.receivers.assign(members.begin(), members.end());
    std::sort(context.receivers.begin(), context.receivers.end(), [&](SlotId a, SlotId b) {
        return context.sessions->row(a.slot).session < context.sessions->row(b.slot).session;
    });
    return list_clients(context, request.client, context.receivers, "members");
}

}  // namespace chat
