// Channels are rooms: JOIN PART NAMES LIST TOPIC MODE. `#name` is the room of that name, `&number` a group.
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <vector>

namespace chat::irc {
namespace {

// A step of a line is a number below 256; JOIN needs two for each channel.
constexpr std::size_t max_channels = 120;

Reading refuse(const Request& request, int number, std::string_view name, std::string_view text,
               std::uint8_t next_step = 0) {
    Reply reply;
    reply.numeric(number, {name}, text);
    return answer(request, std::move(reply), next_step);
}

Reading refuse_channel(const Request& request, std::string_view name, std::uint8_t next_step = 0) {
    constexpr std::size_t enough = 64;
    return refuse(request, 403, beginning_of(name, enough), "No such channel", next_step);
}

std::optional<std::uint32_t> group_of(std::string_view name) noexcept {
    return name.starts_with('&') ? whole_number<std::uint32_t>(name.substr(1)) : std::nullopt;
}

std::size_t visible_members(const Request& request, Room room) {
    const auto members = request.rooms().members(room);
    return static_cast<std::size_t>(
        std::count_if(members.begin(), members.end(), [&](SlotId member) { return is_visible(request, member); }));
}

// JOIN 0 leaves all rooms, one record each.
Reading leave_all(const Request& request) {
    const std::vector<Room> rooms = request.rooms().rooms_of(request.client());
    if (rooms.empty()) return silence(request);
    const auto next = static_cast<std::uint8_t>(rooms.size() > 1 ? std::min(request.step() + 1, 255) : 0);
    const std::string_view name = request.rooms().name(rooms.front());
    return ask(act::LeaveRoom{name, "Left all channels"}, name, next);
}

}  // namespace

Reading join_rooms(const Request& request, std::span<const std::string_view> channels, std::uint8_t first_step) {
    const std::size_t count = std::min(channels.size(), max_channels);
    const std::size_t end = first_step + 2 * count;
    for (std::size_t step = std::max<std::size_t>(request.step(), first_step); step < end; ++step) {
        const std::string_view name = channels[(step - first_step) / 2];
        const auto after = static_cast<std::uint8_t>(step + 1 < end ? step + 1 : 0);
        const bool is_listing = (step - first_step) % 2 == 1;
        if (const auto group = group_of(name)) {
            if (is_listing) continue;
            return ask(act::JoinGroup{{name.substr(1), *group}}, name.substr(1), static_cast<std::uint8_t>(step + 1));
        }
        const std::string_view room_name = room_of(name);
        const auto room = find_channel(request, name);
        const bool is_member = room && request.rooms().is_member(request.client(), *room);
        if (is_listing) {
            if (is_member) return list_names(request, *room, static_cast<std::uint8_t>(step), after);
            continue;
        }
        if (room_name.empty()) return refuse_channel(request, name, static_cast<std::uint8_t>(step + 1));
        if (is_member)
            ++step;  // it stays as it is, without a word
        else
            return ask(act::JoinRoom{room_name}, room_name, static_cast<std::uint8_t>(step + 1));
    }
    return silence(request);
}

Reading join(const Request& request) {
    if (request.param(0) == "0") return leave_all(request);
    const auto channels = split_list(request.param(0));
    if (channels.empty()) return refuse_params(request);
    if (channels.size() > max_channels)
        return refuse(request, 407, beginning_of(request.param(0), 32), "Too many targets");
    return join_rooms(request, channels, 0);
}

Reading part(const Request& request) {
    const auto channels = split_list(request.param(0));
    if (channels.empty()) return refuse_params(request);
    if (channels.size() > max_channels)
        return refuse(request, 407, beginning_of(request.param(0), 32), "Too many targets");
    const std::size_t step = request.step();
    if (step >= channels.size()) return silence(request);
    const auto after = static_cast<std::uint8_t>(step + 1 < channels.size() ? step + 1 : 0);
    const std::string_view name = channels[step];
    if (const auto group = group_of(name)) return ask(act::LeaveGroup{{name.substr(1), *group}}, name.substr(1), after);
    const std::string_view room_name = room_of(name);
    const auto room = find_channel(request, name);
    if (!room) return refuse_channel(request, name, after);
    if (!request.rooms().is_member(request.client(), *room))
        return refuse(request, 442, name, "You're not on that channel", after);
    return ask(act::LeaveRoom{room_name, request.param(1)}, room_name, after);
}

namespace {

std::string name_in_list(const Request& request, SlotId member) {
    std::string name(request.sessions().row(member.slot).name_view());
    if (!has_capability(request, irc_capability::userhost_in_names)) return name;
    const Source source = source_of(request, member);
    return name.append("!").append(source.user).append("@").append(source.host);
}

}  // namespace

Reading list_names(const Request& request, Room room, std::uint8_t step, std::uint8_t next_step) {
    const Sessions& sessions = request.sessions();
    const auto session_of = [&](SlotId client) { return sessions.row(client.slot).session; };
    const auto listed_up_to = whole_number<std::uint64_t>(request.row().list_cursor_view()).value_or(0);
    std::vector<SlotId> members;
    for (const SlotId member : request.rooms().members(room))
        if (session_of(member) > listed_up_to && is_visible(request, member)) members.push_back(member);
    std::sort(members.begin(), members.end(), [&](SlotId a, SlotId b) { return session_of(a) < session_of(b); });

    const std::string name = channel(request.rooms().name(room));
    // `:server 353 nick = #name :`
    const std::size_t before = irc_server_name(request.config()).size() + request.nick().size() + name.size() + 12;
    Reply reply;
    std::string line;
    std::uint64_t last = 0;
    const auto flush = [&] {
        if (!line.empty()) reply.numeric(353, {"=", name}, line);
        line.clear();
    };
    for (const SlotId member : members) {
        const std::string nick = name_in_list(request, member);
        if (before + line.size() + 1 + nick.size() > longest_line) {
            flush();
            if (reply.size() > largest_part) return answer_part(request, std::move(reply), std::to_string(last), step);
        }
        line.append(line.empty() ? "" : " ").append(nick);
        last = session_of(member);
    }
    flush();
    reply.numeric(366, {name}, "End of /NAMES list");
    return answer_part(request, std::move(reply), {}, next_step);
}

Reading names(const Request& request) {
    const auto channels = split_list(request.param(0));
    const std::string_view name = channels.empty() ? std::string_view("*") : channels.front();
    const auto room = find_channel(request, name);
    const bool is_shown = room && visible_members(request, *room) > 0;
    if (!is_shown) return refuse(request, 366, name, "End of /NAMES list");
    return list_names(request, *room, 0, 0);
}

// ELIST=U: `>n` and `<n`.
Reading list(const Request& request) {
    const auto conditions = split_list(request.param(0));
    const auto is_listed = [&](std::string_view name, std::size_t count) {
        bool has_names = false;
        bool is_named = false;
        for (const std::string_view condition : conditions) {
            if (condition.front() == '>' || condition.front() == '<') {
                const auto limit = whole_number<std::size_t>(condition.substr(1)).value_or(0);
                if (condition.front() == '>' ? count <= limit : count >= limit) return false;
                continue;
            }
            has_names = true;
            is_named = is_named || matches(condition, channel(name));
        }
        return !has_names || is_named;
    };
    const Rooms& rooms = request.rooms();
    Reply reply;
    if (request.row().list_count == 0) reply.numeric(321, {"Channel"}, "Users  Name");
    auto room = rooms.next(request.row().list_cursor_view());
    for (; room; room = rooms.next(rooms.name(*room))) {
        const std::size_t count = visible_members(request, *room);
        if (count > 0 && is_listed(rooms.name(*room), count))
            reply.numeric(322, {channel(rooms.name(*room)), std::to_string(count)}, "");
        if (reply.size() > largest_part) return answer_part(request, std::move(reply), std::string(rooms.name(*room)));
    }
    reply.numeric(323, {}, "End of /LIST");
    return answer_part(request, std::move(reply), {});
}

Reading topic(const Request& request) {
    const std::string_view name = request.param(0);
    const auto room = find_channel(request, name);
    if (!room) return refuse_channel(request, name);
    if (!request.rooms().is_member(request.client(), *room))
        return refuse(request, 442, name, "You're not on that channel");
    const std::string shown = channel(request.rooms().name(*room));
    if (request.line->params.size() > 1) return refuse(request, 482, shown, "You're not channel operator");
    return refuse(request, 331, shown, "No topic is set");
}

namespace {

Reading mode_of_channel(const Request& request) {
    const auto room = find_channel(request, request.param(0));
    if (!room) return refuse_channel(request, request.param(0));
    const std::string name = channel(request.rooms().name(*room));
    if (request.line->params.size() < 2) {
        Reply reply;
        reply.numeric(324, {name, "+n"});
        return answer(request, std::move(reply));
    }
    const std::string_view modes = request.param(1);
    const std::string_view letters = modes.substr(std::min(modes.find_first_not_of("+-"), modes.size()));
    if (request.line->params.size() == 2 && letters == "b")
        return refuse(request, 368, name, "End of channel ban list");
    if (request.line->params.size() == 2 && letters == "e")
        return refuse(request, 349, name, "End of channel exception list");
    if (request.line->params.size() == 2 && letters == "I")
        return refuse(request, 347, name, "End of channel invite list");
    const std::size_t unknown = letters.find_first_not_of("beIn+-");
    if (unknown != std::string_view::npos)
        return refuse(request, 472, first_character(letters.substr(unknown)), "is unknown mode char to me");
    return refuse(request, 482, name, "You're not channel operator");
}

Reading mode_of_self(const Request& request) {
    IrcRow row = request.irc();
    Reply reply;
    if (request.line->params.size() < 2) {
        reply.numeric(221, {row.is_invisible != 0 ? "+i" : "+"});
        return answer(request, std::move(reply));
    }
    bool is_adding = true;
    bool has_unknown = false;
    const bool was_invisible = row.is_invisible != 0;
    for (const char c : request.param(1)) {
        if (c == '+' || c == '-')
            is_adding = c == '+';
        else if (c == 'i')
            row.is_invisible = is_adding ? 1 : 0;
        else
            has_unknown = true;
    }
    if (was_invisible != (row.is_invisible != 0))
        reply.raw("!MODE " + std::string(request.nick()) + (row.is_invisible != 0 ? " +i" : " -i"));
    if (has_unknown) reply.numeric(501, {}, "Unknown MODE flag");
    return answer(request, std::move(reply), row);
}

}  // namespace

Reading mode(const Request& request) {
    const std::string_view target = request.param(0);
    if (target.starts_with('#') || target.starts_with('&')) return mode_of_channel(request);
    if (equal_ignoring_case(target, request.nick())) return mode_of_self(request);
    if (!request.sessions().find_name(target)) return refuse(request, 401, target, "No such nick/channel");
    Reply reply;
    reply.numeric(502, {}, "Can't view or change the modes of other users");
    return answer(request, std::move(reply));
}

}  // namespace chat::irc
