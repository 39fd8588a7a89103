// What operators of channels do with them: TOPIC KICK INVITE.
#include "chat-acceptor/acts/room_rights.h"
#include "chat-acceptor/acts/room_rules.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <vector>

namespace chat::irc {
namespace {

constexpr std::size_t max_kicks = 4;  // TARGMAX in 005

// Why this client may not do what only operators of the channel may; 0: it may.
struct Objection {
    int number = 0;
    std::string_view text;
};
Objection objection_to(const Request& request, Room room, bool needs_operator) {
    if (!request.rooms().is_member(request.client(), room)) return {442, "You're not on that channel"};
    if (needs_operator && !request.rooms().standing(request.client(), room).is_operator)
        return {482, "You're not channel operator"};
    return {};
}

std::optional<Room> find_shown(const Request& request, std::string_view name) {
    const auto room = find_channel(request, name);
    return room && is_shown_to(request.tables(), *room, request.client()) ? room : std::nullopt;
}

}  // namespace

void add_topic(const Request& request, Room room, Reply& reply) {
    const RoomState state = request.tables().room_states.of(room);
    if (state.topic_size == 0) return;
    const std::string name = channel(request.rooms().name(room));
    reply.numeric(332, {name}, state.topic_view());
    reply.numeric(333, {name, state.topic_by.view(), seconds_of(state.topic_at)});
}

Reading topic(const Request& request) {
    const std::string_view name = request.param(0);
    const auto room = find_shown(request, name);
    if (!room) return refuse_channel(request, name);
    const std::string shown = channel(request.rooms().name(*room));
    const RoomState state = request.tables().room_states.of(*room);
    if (request.line->params.size() > 1) {
        const auto objection = objection_to(request, *room, state.has(RoomMode::operators_set_topic));
        if (objection.number != 0) return refuse(request, objection.number, shown, objection.text);
        return ask(act::SetTopic{room_of(name), beginning_of(request.param(1), max_topic_size)}, room_of(name));
    }
    if (state.topic_size == 0) return refuse(request, 331, shown, "No topic is set");
    Reply reply;
    add_topic(request, *room, reply);
    return answer(request, std::move(reply));
}

// `KICK #a Ann,Ben` and `KICK #a,#b Ann,Ben`: one record for each of them.
Reading kick(const Request& request) {
    const auto channels = split_list(request.param(0));
    const auto nicks = split_list(request.param(1));
    const std::size_t step = request.step();
    if (nicks.empty() || (channels.size() != 1 && channels.size() != nicks.size())) return refuse_params(request);
    if (nicks.size() > max_kicks) return refuse(request, 407, beginning_of(nicks[max_kicks], 64), "Too many targets");
    if (step >= nicks.size()) return silence(request);
    const auto after = static_cast<std::uint8_t>(step + 1 < nicks.size() ? step + 1 : 0);
    const std::string_view name = channels.size() == 1 ? channels.front() : channels[step];
    const std::string_view nick = beginning_of(nicks[step], 64);
    const auto room = find_shown(request, name);
    if (!room) return refuse_channel(request, name, after);
    const std::string shown = channel(request.rooms().name(*room));
    const auto objection = objection_to(request, *room, true);
    if (objection.number != 0) return refuse(request, objection.number, shown, objection.text, after);
    const auto client = request.sessions().find_name(nick);
    if (!client) return refuse(request, 401, nick, "No such nick/channel", after);
    if (!request.rooms().is_member(*client, *room)) {
        Reply reply;
        reply.numeric(441, {nick, shown}, "They aren't on that channel");
        return answer(request, std::move(reply), after);
    }
    return ask(act::KickFromRoom{room_of(name), {nick, 0}, request.param(2)}, nick, after);
}

namespace {

// The cursor of a part is the number of the last invitation that it has.
Reading list_invitations(const Request& request) {
    const auto listed_up_to = whole_number<std::uint64_t>(request.row().list_cursor_view()).value_or(0);
    Reply reply;
    for (const RoomEntry* entry :
         request.tables().room_states.lists().invitations_of(request.client(), request.rooms())) {
        if (entry->sequence <= listed_up_to) continue;
        reply.numeric(336, {channel(request.rooms().name(entry->room))});
        if (reply.size() > largest_part) return answer_part(request, std::move(reply), std::to_string(entry->sequence));
    }
    reply.numeric(337, {}, "End of /INVITE list");
    return answer_part(request, std::move(reply), {});
}

}  // namespace

Reading invite(const Request& request) {
    if (request.line->params.empty()) return list_invitations(request);
    if (request.line->params.size() < 2) return refuse_params(request);
    const std::string_view nick = beginning_of(request.param(0), 64);
    const std::string_view name = request.param(1);
    const auto room = find_shown(request, name);
    if (!room) return refuse_channel(request, name);
    const std::string shown = channel(request.rooms().name(*room));
    const bool needs_operator = request.tables().room_states.of(*room).has(RoomMode::invited_join);
    const auto objection = objection_to(request, *room, needs_operator);
    if (objection.number != 0) return refuse(request, objection.number, shown, objection.text);
    const auto client = request.sessions().find_name(nick);
    if (!client) return refuse(request, 401, nick, "No such nick/channel");
    if (request.rooms().is_member(*client, *room)) {
        Reply reply;
        reply.numeric(443, {nick, shown}, "is already on channel");
        return answer(request, std::move(reply));
    }
    return ask(act::InviteToRoom{room_of(name), {nick, 0}}, nick);
}

}  // namespace chat::irc
