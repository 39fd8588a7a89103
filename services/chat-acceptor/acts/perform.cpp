// Finds the function for an act; also what several acts need.
#include "chat-acceptor/acts/perform.h"

#include "shared/records/answer.h"

#include <algorithm>

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

Receivers announcement_receivers(const ActContext& context, SlotId client) {
    const Tables& tables = *context.tables;
    const auto everyone = tables.sessions.everyone();
    if (std::cmp_less_equal(everyone.size(), context.config->announce_up_to)) return Receivers(everyone);
    std::vector<SlotId> receivers{client};
    for (const Room room : tables.rooms.rooms_of(client)) {
        if (room == lobby) continue;
        const auto members = tables.rooms.members(room);
        receivers.insert(receivers.end(), members.begin(), members.end());
    }
    for (const Group group : tables.groups.groups_of(client)) {
        const auto members = tables.groups.members(group);
        receivers.insert(receivers.end(), members.begin(), members.end());
    }
    std::sort(receivers.begin(), receivers.end(), [](SlotId a, SlotId b) { return a.slot < b.slot; });
    receivers.erase(std::unique(receivers.begin(), receivers.end()), receivers.end());
    return Receivers(std::move(receivers));
}

std::size_t visible_count(const ActContext& context, Room room, const Asker& asker) {
    const Sessions& sessions = context.tables->sessions;
    const auto clients = context.tables->rooms.members(room);
    // Joining any other room ends being quiet.
    if (room != lobby || sessions.quiet_count() == 0) return clients.size();
    return static_cast<std::size_t>(std::count_if(clients.begin(), clients.end(), [&](SlotId client) {
        return client == asker.client || !sessions.row(client.slot).is_quiet;
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
