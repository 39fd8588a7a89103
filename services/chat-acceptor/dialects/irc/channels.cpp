// Channels are rooms: JOIN PART NAMES LIST. `#name` is the room of that name, `&number` a group.
#include "chat-acceptor/acts/room_rules.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/list_conditions.h"
#include "chat-acceptor/dialects/irc/metadata.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <vector>

namespace chat::irc {
namespace {

// A step of a line is a number below 256; JOIN needs two for each channel.
constexpr std::size_t max_channels = 120;
constexpr std::size_t max_names = 4;  // TARGMAX in 005

std::optional<std::uint32_t> group_of(std::string_view name) noexcept {
    return name.starts_with('&') ? whole_number<std::uint32_t>(name.substr(1)) : std::nullopt;
}

std::size_t visible_members(const Request& request, Room room) {
    const auto members = request.rooms().members(room);
    return static_cast<std::size_t>(
        std::count_if(members.begin(), members.end(), [&](SlotId member) { return is_visible(request, member); }));
}

// The key at this place of a list with commas, in which empty ones count.
std::string_view key_of(std::string_view keys, std::size_t place) noexcept {
    for (; place > 0 && !keys.empty(); --place) keys.remove_prefix(std::min(keys.find(','), keys.size() - 1) + 1);
    return keys.substr(0, keys.find(','));
}

Reading refuse_entry_to(const Request& request, std::string_view name, EntryObjection objection,
                        std::uint8_t next_step) {
    switch (objection) {
        case EntryObjection::banned:
            return refuse(request, 474, name, "Cannot join channel (+b)", next_step);
        case EntryObjection::invited_only:
            return refuse(request, 473, name, "Cannot join channel (+i)", next_step);
        case EntryObjection::other_key:
            return refuse(request, 475, name, "Cannot join channel (+k)", next_step);
        case EntryObjection::full:
        case EntryObjection::none:
            break;
    }
    return refuse(request, 471, name, "Cannot join channel (+l)", next_step);
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

Reading join_rooms(const Request& request, std::span<const std::string_view> channels, std::string_view keys,
                   std::uint8_t first_step) {
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
            if (!is_member) continue;
            return list_names_after_joining(request, *room, static_cast<std::uint8_t>(step), after);
        }
        if (room_name.empty()) return refuse_channel(request, name, static_cast<std::uint8_t>(step + 1));
        if (is_member) {
            ++step;  // it stays as it is, without a word
            continue;
        }
        const std::string_view key = key_of(keys, (step - first_step) / 2);
        const auto objection =
            room ? objection_to_entry(request.tables(), *room, request.client(), key) : EntryObjection::none;
        if (objection != EntryObjection::none)
            return refuse_entry_to(request, channel(request.rooms().name(*room)), objection,
                                   static_cast<std::uint8_t>(step + 1));
        return ask(act::JoinRoom{room_name, key}, room_name, static_cast<std::uint8_t>(step + 1));
    }
    return silence(request);
}

Reading join(const Request& request) {
    if (request.param(0) == "0") return leave_all(request);
    const auto channels = split_list(request.param(0));
    if (channels.empty()) return refuse_params(request);
    if (channels.size() > max_channels)
        return refuse(request, 407, beginning_of(request.param(0), 32), "Too many targets");
    return join_rooms(request, channels, request.param(1), 0);
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

std::vector<SlotId> visible_members_after(const Request& request, Room room, std::uint64_t session) {
    const auto session_of = [&](SlotId client) { return request.sessions().row(client.slot).session; };
    std::vector<SlotId> members;
    for (const SlotId member : request.rooms().members(room))
        if (session_of(member) > session && is_visible(request, member)) members.push_back(member);
    std::sort(members.begin(), members.end(), [&](SlotId a, SlotId b) { return session_of(a) < session_of(b); });
    return members;
}

namespace {

// 353 for the members who follow this session, in the order of their sessions, until the part is full; then the last
// session that it has. Empty: it has all of them.
std::optional<std::uint64_t> add_names(const Request& request, Room room, std::uint64_t listed_up_to, Reply& reply) {
    const std::string name = channel(request.rooms().name(room));
    const bool is_secret = request.tables().room_states.of(room).has(RoomMode::secret);
    // `:server 353 nick = #name :`
    const std::size_t before = irc_server_name(request.config()).size() + request.nick().size() + name.size() + 12;
    std::string line;
    std::uint64_t last = listed_up_to;
    const auto flush = [&] {
        if (!line.empty()) reply.numeric(353, {is_secret ? "@" : "=", name}, line);
        line.clear();
    };
    for (const SlotId member : visible_members_after(request, room, listed_up_to)) {
        const std::string nick = std::string(prefix_of(request, member, room)).append(name_in_list(request, member));
        if (before + line.size() + 1 + nick.size() > longest_line) {
            flush();
            if (reply.size() > largest_part) return last;
        }
        line.append(line.empty() ? "" : " ").append(nick);
        last = request.sessions().row(member.slot).session;
    }
    flush();
    return std::nullopt;
}

}  // namespace

Reading list_names_after_joining(const Request& request, Room room, std::uint8_t step, std::uint8_t next_step) {
    if (is_part_after_joining(request.row().list_cursor_view())) return part_after_joining(request, room, next_step);
    Reply reply;
    if (request.row().list_count == 0) add_topic(request, room, reply);
    const auto listed_up_to = whole_number<std::uint64_t>(request.row().list_cursor_view()).value_or(0);
    if (const auto last = add_names(request, room, listed_up_to, reply))
        return answer_part(request, std::move(reply), std::to_string(*last), step);
    if (auto waits = await_marker(request, room)) return *std::move(waits);
    add_marker(request, room, reply);
    reply.numeric(366, {channel(request.rooms().name(room))}, "End of /NAMES list");
    const std::string_view further = first_part_after_joining(request, room);
    return answer_part(request, std::move(reply), std::string(further), further.empty() ? next_step : step);
}

// The cursor of a part: how many channels are complete, and the last session of the next one.
Reading names(const Request& request) {
    const std::string_view list = request.param(0);
    const auto channels = split_list(list);
    if (channels.size() > max_names)
        return refuse(request, 407, beginning_of(channels[max_names], 64), "Too many targets");
    const std::string_view cursor = request.row().list_cursor_view();
    const std::string_view complete = cursor.substr(0, cursor.find(' '));
    auto index = whole_number<std::size_t>(complete).value_or(0);
    auto listed_up_to =
        whole_number<std::uint64_t>(cursor.substr(std::min(complete.size() + 1, cursor.size()))).value_or(0);
    Reply reply;
    for (; index < channels.size(); ++index, listed_up_to = 0) {
        if (reply.size() > largest_part) return answer_part(request, std::move(reply), std::to_string(index) + " 0");
        const auto room = find_channel(request, channels[index]);
        const bool is_shown =
            room && is_shown_to(request.tables(), *room, request.client()) && visible_members(request, *room) > 0;
        if (!is_shown) continue;
        if (const auto last = add_names(request, *room, listed_up_to, reply))
            return answer_part(request, std::move(reply), std::to_string(index) + ' ' + std::to_string(*last));
    }
    reply.numeric(366, {channels.empty() ? "*" : list}, "End of /NAMES list");
    return answer_part(request, std::move(reply), {});
}

namespace {

void add_if_listed(const Request& request, Room room, std::size_t members, std::span<const std::string_view> conditions,
                   Reply& reply) {
    const std::string name = channel(request.rooms().name(room));
    const RoomState state = request.tables().room_states.of(room);
    const auto topic_at = state.topic_size > 0 ? std::optional(state.topic_at) : std::nullopt;
    if (is_listed(conditions, {name, members, state.opened_at, topic_at}, request.context->asker.at))
        reply.numeric(322, {name, std::to_string(members)}, state.topic_view());
}

}  // namespace

Reading list(const Request& request) {
    const auto conditions = split_list(request.param(0));
    if (conditions.size() > max_list_conditions)
        return refuse(request, 407, beginning_of(conditions[max_list_conditions], 64), "Too many targets");
    const Rooms& rooms = request.rooms();
    Reply reply;
    if (request.row().list_count == 0) reply.numeric(321, {"Channel"}, "Users  Name");
    auto room = rooms.next(request.row().list_cursor_view());
    for (; room; room = rooms.next(rooms.name(*room))) {
        const std::size_t count = visible_members(request, *room);
        const bool is_shown = count > 0 && is_shown_to(request.tables(), *room, request.client());
        if (is_shown) add_if_listed(request, *room, count, conditions, reply);
        if (reply.size() > largest_part) return answer_part(request, std::move(reply), std::string(rooms.name(*room)));
    }
    reply.numeric(323, {}, "End of /LIST");
    return answer_part(request, std::move(reply), {});
}

}  // namespace chat::irc
