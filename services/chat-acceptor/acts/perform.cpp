// Finds the function for an act; also what several acts need.
#include "chat-acceptor/acts/perform.h"

#include "shared/records/answer.h"
#include "shared/records/dialect_id.h"
#include "shared/system/irc_server_name.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>

namespace chat {

Draft Draft::refusal(ErrorCode code, std::string text) {
    return Draft(records::Error{.code = code}.record()).with_text(std::move(text));
}

Draft perform(const Act& act, const ActContext& context, const Asker& asker) {
    return std::visit([&](const auto& kind) { return perform(kind, context, asker); }, act);
}

std::size_t list_part_of(const Act& act, const ActContext& context) noexcept {
    if (std::holds_alternative<act::ShowHistory>(act) || std::holds_alternative<act::ListUnread>(act))
        return history_page_size(context);
    const bool is_list = std::holds_alternative<act::ListClients>(act) || std::holds_alternative<act::ListRooms>(act) ||
                         std::holds_alternative<act::ListMembers>(act) || std::holds_alternative<act::ListGroups>(act);
    return is_list ? largest_list_part : 0;
}

namespace {

bool speaks_irc(const Tables& tables, SlotId client) noexcept {
    return dialect_id(tables.sessions.row(client.slot).dialect) == DialectId::irc;
}

void add_irc_members(const Tables& tables, Room room, std::vector<SlotId>& receivers) {
    for (const SlotId member : tables.rooms.members(room))
        if (speaks_irc(tables, member)) receivers.push_back(member);
}

}  // namespace

std::vector<SlotId> sorted(std::vector<SlotId> receivers) {
    std::sort(receivers.begin(), receivers.end(), [](SlotId a, SlotId b) { return a.slot < b.slot; });
    receivers.erase(std::unique(receivers.begin(), receivers.end()), receivers.end());
    return receivers;
}

namespace {

// Those who do not speak IRC.
std::vector<SlotId> native_receivers(const ActContext& context, SlotId client) {
    const Tables& tables = *context.tables;
    const auto everyone = tables.sessions.everyone();
    std::vector<SlotId> receivers{client};
    const auto add = [&](std::span<const SlotId> clients) {
        for (const SlotId one : clients)
            if (tables.sessions.irc_count() == 0 || !speaks_irc(tables, one)) receivers.push_back(one);
    };
    if (std::cmp_less_equal(everyone.size(), context.config->announce_up_to)) {
        add(everyone);
        return receivers;
    }
    for (const Room room : tables.rooms.rooms_of(client))
        if (room != lobby) add(tables.rooms.members(room));
    for (const Group group : tables.groups.groups_of(client)) add(tables.groups.members(group));
    return receivers;
}

}  // namespace

Receivers announcement_receivers(const ActContext& context, SlotId client) {
    const Tables& tables = *context.tables;
    const auto everyone = tables.sessions.everyone();
    if (tables.sessions.irc_count() == 0 && std::cmp_less_equal(everyone.size(), context.config->announce_up_to))
        return Receivers(everyone);
    std::vector<SlotId> receivers = native_receivers(context, client);
    if (tables.sessions.irc_count() > 0)
        for (const Room room : tables.rooms.rooms_of(client)) add_irc_members(tables, room, receivers);
    return Receivers(sorted(std::move(receivers)));
}

Receivers irc_companions(const ActContext& context, SlotId client) {
    const Tables& tables = *context.tables;
    if (tables.sessions.irc_count() == 0) return {};
    std::vector<SlotId> receivers;
    for (const Room room : tables.rooms.rooms_of(client)) add_irc_members(tables, room, receivers);
    for (const SlotId watcher : tables.watches.watchers_of(tables.sessions.row(client.slot).name_view()))
        if ((tables.sessions.irc_row(watcher.slot).capabilities & irc_capability::extended_monitor) != 0)
            receivers.push_back(watcher);
    return Receivers(sorted(std::move(receivers)));
}

Receivers arrival_receivers(const ActContext& context, SlotId client) {
    const Tables& tables = *context.tables;
    if (tables.sessions.irc_count() == 0) return announcement_receivers(context, client);
    std::vector<SlotId> receivers = native_receivers(context, client);
    if (tables.rooms.is_member(client, lobby) && !speaks_irc(tables, client)) add_irc_members(tables, lobby, receivers);
    return Receivers(sorted(std::move(receivers)));
}

bool is_allowed_name(const ActContext& context, std::string_view name) {
    constexpr std::array<std::string_view, 6> reserved = {"all", "lobby", "room", "group", "server", "nickserv"};
    const auto is_same = [&](std::string_view word) { return equal_ignoring_case(word, name); };
    return is_name(name) && std::none_of(reserved.begin(), reserved.end(), is_same) &&
           !is_same(irc_server_name(*context.config));
}

std::size_t visible_count(const ActContext& context, Room room, const Asker& asker) {
    const Sessions& sessions = context.tables->sessions;
    const auto clients = context.tables->rooms.members(room);
    const bool may_be_barred = context.config->accounts_guests == "no";
    // Joining any other room ends being quiet.
    if (!may_be_barred && (room != lobby || sessions.quiet_count() == 0)) return clients.size();
    return static_cast<std::size_t>(std::count_if(clients.begin(), clients.end(), [&](SlotId client) {
        return client == asker.client || !is_hidden(context, sessions.row(client.slot));
    }));
}

std::optional<SlotId> find_client(const ActContext& context, const ClientReference& client) {
    const Sessions& sessions = context.tables->sessions;
    return client.id != 0 ? sessions.find_id(client.id) : sessions.find_name(client.word);
}

std::optional<Group> find_group(const ActContext& context, const GroupReference& group) {
    return group.id != 0 ? context.tables->groups.find(group.id) : std::nullopt;
}

std::size_t group_member_limit(const ActContext& context) noexcept {
    return std::min(static_cast<std::size_t>(context.config->max_group_members), context.tables->groups.max_members());
}

Draft refuse_busy() {
    return Draft::refusal(ErrorCode::busy, "The server is busy; try again later");
}

Draft refuse_unknown_client(std::string_view word) {
    return Draft::refusal(ErrorCode::no_such_client, "There is no client " + std::string(word));
}

Draft refuse_unknown_group(std::string_view word) {
    return Draft::refusal(ErrorCode::no_such_group, "There is no group " + std::string(word));
}

Draft refuse_unknown_room(std::string_view name) {
    return Draft::refusal(ErrorCode::no_such_room, "There is no room " + std::string(name));
}

}  // namespace chat
