// WHO, in its ordinary form and in that of WHOX.
#include "chat-acceptor/acts/room_rules.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/whox.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <vector>

namespace chat::irc {
namespace {

// Rooms that both are in, or the rooms of the client itself.
std::vector<Room> shared_rooms(const Request& request, SlotId client) {
    std::vector<Room> rooms = request.rooms().rooms_of(client);
    if (client != request.client())
        std::erase_if(rooms, [&](Room room) { return !request.rooms().is_member(request.client(), room); });
    return rooms;
}

// `channel`: a room that the answer may name, or `*`.
struct Person {
    Source source;
    std::string_view nick;
    std::string channel;
    std::string flags;
    std::string_view account;
};

Person person_of(const Request& request, SlotId client, std::optional<Room> room) {
    Person person;
    person.source = source_of(request, client);
    const ClientRow& row = request.sessions().row(client.slot);
    person.nick = row.name_view();
    person.channel = room ? channel(request.rooms().name(*room)) : "*";
    person.flags = person.source.is_away ? "G" : "H";
    if (is_operator(request, client)) person.flags += '*';
    if (person.source.is_bot) person.flags += 'B';
    if (room) person.flags += prefix_of(request, client, *room);
    person.account = row.account != 0 ? person.nick : "0";
    return person;
}

void add_who(const Request& request, const Person& person, Reply& reply) {
    reply.numeric(352,
                  {person.channel, person.source.user, person.source.host, irc_server_name(request.config()),
                   person.nick, person.flags},
                  "0 " + person.source.real_name);
}

// An address is never shown, and how long somebody has been silent is not kept.
std::string value_of(const Request& request, const Person& person, char field, std::string_view token) {
    switch (field) {
        case 't':
            return std::string(token);
        case 'c':
            return person.channel;
        case 'u':
            return person.source.user;
        case 'i':
            return "255.255.255.255";
        case 'h':
            return person.source.host;
        case 's':
            return irc_server_name(request.config());
        case 'n':
            return std::string(person.nick);
        case 'f':
            return person.flags;
        case 'a':
            return std::string(person.account);
        case 'o':
            return "n/a";
        case 'r':
            return ":" + person.source.real_name;
        default:
            return "0";  // the distance, and the silence
    }
}

void add_whox(const Request& request, const Person& person, const WhoOptions& options, Reply& reply) {
    std::string values;
    for (const char field : options.fields.view())
        values.append(values.empty() ? "" : " ").append(value_of(request, person, field, options.token));
    reply.numeric(354, {values});
}

// Only those who share a channel with an invisible client find it, or who ask for its whole nick.
bool is_hidden(const Request& request, SlotId client, std::optional<Room> room) {
    if (client == request.client() || !speaks_irc(request, client)) return false;
    if (request.sessions().irc_row(client.slot).is_invisible == 0) return false;
    return room ? !request.rooms().is_member(request.client(), *room) : shared_rooms(request, client).empty();
}

bool is_meant(const Request& request, SlotId client, std::string_view mask) {
    const std::string_view nick = request.sessions().row(client.slot).name_view();
    if (mask == "0") return !is_hidden(request, client, {});
    if (mask.find_first_of("*?") == std::string_view::npos) return equal_ignoring_case(mask, nick);
    const Source source = source_of(request, client);
    const bool does_match = matches(mask, nick) || matches(mask, source.user) || matches(mask, source.host) ||
                            matches(mask, source.real_name) || matches(mask, irc_server_name(request.config()));
    return does_match && !is_hidden(request, client, {});
}

// In the order in which they came.
std::vector<SlotId> candidates(const Request& request, std::optional<Room> room) {
    const auto session_of = [&](SlotId client) { return request.sessions().row(client.slot).session; };
    const auto clients = room ? request.rooms().members(*room) : request.sessions().everyone();
    const auto listed_up_to = whole_number<std::uint64_t>(request.row().list_cursor_view()).value_or(0);
    std::vector<SlotId> left;
    for (const SlotId client : clients)
        if (session_of(client) > listed_up_to && is_visible(request, client)) left.push_back(client);
    std::sort(left.begin(), left.end(), [&](SlotId a, SlotId b) { return session_of(a) < session_of(b); });
    return left;
}

}  // namespace

Reading who(const Request& request) {
    const std::string_view mask = request.param(0);
    const WhoOptions options = parse_who_options(request.param(1));
    const bool is_channel = mask.starts_with('#');
    auto room = find_channel(request, mask);
    if (room && !is_shown_to(request.tables(), *room, request.client())) room.reset();
    Reply reply;
    if (room || !is_channel) {
        std::uint64_t last = 0;
        for (const SlotId client : candidates(request, room)) {
            if (room ? is_hidden(request, client, room) : !is_meant(request, client, mask)) continue;
            if (options.only_operators && !is_operator(request, client)) continue;
            if (reply.size() > largest_part) return answer_part(request, std::move(reply), std::to_string(last));
            const std::vector<Room> shared = room ? std::vector{*room} : shared_rooms(request, client);
            const Person person =
                person_of(request, client, shared.empty() ? std::nullopt : std::optional(shared.front()));
            if (options.fields.size == 0)
                add_who(request, person, reply);
            else
                add_whox(request, person, options, reply);
            last = request.sessions().row(client.slot).session;
        }
    }
    reply.numeric(315, {mask}, "End of WHO list");
    return answer_part(request, std::move(reply), {});
}

}  // namespace chat::irc
