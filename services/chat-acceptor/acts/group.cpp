// Groups: /makegroup /makegroupreq /joingroup /declinegroup /approve /reject /leavegroup /sendgroup /activegroups
// /activeallgroups.
#include "shared/records/group.h"

#include "chat-acceptor/acts/list_part.h"
#include "chat-acceptor/acts/perform.h"
#include "shared/records/message.h"
#include "shared/text/line.h"

#include <algorithm>
#include <iterator>

namespace chat {
namespace {

constexpr std::size_t max_requests = 32;  // of one client, waiting for the answers of admins

Draft refuse_stranger(const ActContext& context, Group group) {
    return Draft::refusal(ErrorCode::not_a_member,
                          "You are not in the group " + std::to_string(context.tables->groups.id(group)));
}

Draft refuse_full(const ActContext& context) {
    return Draft::refusal(
        ErrorCode::group_full,
        "A group can have at most " + std::to_string(group_member_limit(context)) + " members, including its admin");
}

bool is_full(const ActContext& context, Group group) {
    return context.tables->groups.member_count(group) >= group_member_limit(context);
}

bool is_in_too_many(const ActContext& context, SlotId client) {
    return std::cmp_greater_equal(context.tables->groups.count_of(client), context.config->max_groups_per_client);
}

Draft refuse_too_many_of_asker() {
    return Draft::refusal(ErrorCode::too_many_groups, "You have joined the maximum number of groups");
}

Draft refuse_too_many_of(std::string_view who) {
    return Draft::refusal(ErrorCode::too_many_groups, std::string(who) + " has joined the maximum number of groups");
}

std::uint32_t id_of(const ActContext& context, Group group) {
    return context.tables->groups.id(group);
}

std::uint32_t count_of(const ActContext& context, Group group) {
    return static_cast<std::uint32_t>(context.tables->groups.member_count(group));
}

Receivers members_of(const ActContext& context, Group group) {
    return Receivers(context.tables->groups.members(group));
}

Receivers admin_of(const ActContext& context, Group group) {
    return Receivers(context.tables->groups.admin(group));
}

template <typename Answer>
Record answer_to(const ActContext& context, Group group, const ClientRow& asking, std::uint32_t count) {
    return Answer{.group = id_of(context, group),
                  .count = count,
                  .client_id = asking.client_id,
                  .client_name = asking.name_view()}
        .record();
}

std::string ids_of(const ActContext& context, std::span<const SlotId> clients) {
    std::string ids;
    for (const SlotId client : clients) {
        if (!ids.empty()) ids += ',';
        ids += std::to_string(context.tables->sessions.row(client.slot).client_id);
    }
    return ids;
}

}  // namespace

// All or nothing: the others become members, or are invited.
Draft perform(const act::MakeGroup& act, const ActContext& context, const Asker& asker) {
    const Groups& groups = context.tables->groups;
    std::vector<SlotId> people;
    for (const ClientReference& other : act.others) {
        const auto client = find_client(context, other);
        if (!client) return refuse_unknown_client(other.word);
        if (*client == asker.client)
            return Draft::refusal(ErrorCode::self, "You are always a member of a group that you make");
        if (std::find(people.begin(), people.end(), *client) != people.end())
            return Draft::refusal(ErrorCode::bad_arguments, std::string(other.word) + " is listed twice");
        people.push_back(*client);
    }
    if (people.empty()) return Draft::refusal(ErrorCode::bad_arguments, "Name at least one client, by id or name");
    if (people.size() + 1 > group_member_limit(context)) return refuse_full(context);
    if (!groups.has_place_for_another())
        return Draft::refusal(ErrorCode::too_many_groups, "The server has reached its limit of groups");
    if (is_in_too_many(context, asker.client)) return refuse_too_many_of_asker();
    std::size_t made = groups.made_count(asker.client);
    for (const Predecessor& predecessor : asker.predecessors) made += groups.made_count(predecessor.client);
    if (std::cmp_greater_equal(made, context.config->max_groups_made))
        return Draft::refusal(ErrorCode::too_many_groups, "You have made the maximum number of groups");
    if (!act.invites)
        for (const SlotId client : people)
            if (is_in_too_many(context, client))
                return refuse_too_many_of(context.tables->sessions.row(client.slot).name_view());
    std::string members = std::to_string(asker.row->client_id);
    if (!act.invites) members += ',' + ids_of(context, people);
    const records::GroupMade group_made{.group = groups.choose_id(),
                                        .others = act.invites ? Standing::invited : Standing::member};
    return Draft(group_made.record(), Receivers(std::move(people))).with_text(std::move(members));
}

Draft perform(const act::JoinGroup& act, const ActContext& context, const Asker& asker) {
    const auto group = find_group(context, act.group);
    if (!group) return refuse_unknown_group(act.group.word);
    const Groups& groups = context.tables->groups;
    const Standing standing = groups.standing(*group, asker.client);
    if (standing == Standing::member) return Draft::refusal(ErrorCode::already_member, "You are already in this group");
    if (is_full(context, *group)) return refuse_full(context);
    if (is_in_too_many(context, asker.client)) return refuse_too_many_of_asker();
    if (standing == Standing::invited)
        return {records::GroupJoined{.group = id_of(context, *group), .count = count_of(context, *group) + 1}.record(),
                members_of(context, *group)};
    // A second request reminds the admin, who may have changed since.
    if (standing == Standing::none && groups.request_count(asker.client) >= max_requests)
        return Draft::refusal(ErrorCode::busy, "Too many of your requests are waiting for an answer");
    if (standing == Standing::none && !groups.has_place_for_request(*group))
        return Draft::refusal(ErrorCode::busy, "Too many clients are waiting for this group's admin; try again later");
    return {records::GroupAsked{.group = id_of(context, *group)}.record(), admin_of(context, *group)};
}

Draft perform(const act::DeclineGroup& act, const ActContext& context, const Asker& asker) {
    const auto group = find_group(context, act.group);
    if (!group) return refuse_unknown_group(act.group.word);
    if (context.tables->groups.standing(*group, asker.client) != Standing::invited)
        return Draft::refusal(ErrorCode::not_invited, "You have not been invited to this group");
    return {records::GroupDeclined{.group = id_of(context, *group)}.record(), admin_of(context, *group)};
}

// The admin's answer to a request to join.
Draft perform(const act::AnswerRequest& act, const ActContext& context, const Asker& asker) {
    const auto group = find_group(context, act.group);
    if (!group) return refuse_unknown_group(act.group.word);
    const Groups& groups = context.tables->groups;
    if (groups.admin(*group) != asker.client)
        return Draft::refusal(ErrorCode::not_admin, "Only the group's admin can answer requests to join");
    const auto client = find_client(context, act.client);
    if (!client || groups.standing(*group, *client) != Standing::asking)
        return Draft::refusal(ErrorCode::no_such_request,
                              std::string(act.client.word) + " has not asked to join the group");
    if (act.approved && is_full(context, *group)) return refuse_full(context);
    if (act.approved && is_in_too_many(context, *client)) return refuse_too_many_of(act.client.word);
    const ClientRow& row = context.tables->sessions.row(client->slot);
    if (!act.approved) return {answer_to<records::GroupRejected>(context, *group, row, 0), Receivers(*client)};
    std::vector<SlotId> receivers{*client};
    const auto members = groups.members(*group);
    receivers.insert(receivers.end(), members.begin(), members.end());
    return {answer_to<records::GroupApproved>(context, *group, row, count_of(context, *group) + 1),
            Receivers(std::move(receivers))};
}

Draft perform(const act::LeaveGroup& act, const ActContext& context, const Asker& asker) {
    const auto group = find_group(context, act.group);
    if (!group) return refuse_unknown_group(act.group.word);
    const Groups& groups = context.tables->groups;
    if (groups.standing(*group, asker.client) != Standing::member) return refuse_stranger(context, *group);
    return {records::GroupLeft{.group = id_of(context, *group), .count = count_of(context, *group) - 1}.record(),
            members_of(context, *group)};
}

Draft perform(const act::SayInGroup& act, const ActContext& context, const Asker& asker) {
    const auto group = find_group(context, act.group);
    if (!group) return refuse_unknown_group(act.group.word);
    const Groups& groups = context.tables->groups;
    if (groups.standing(*group, asker.client) != Standing::member) return refuse_stranger(context, *group);
    std::string number = std::to_string(groups.id(*group));
    const records::Message message{
        .to = ToGroup{number}, .text = act.text, .count = count_of(context, *group) - 1, .form = act.form};
    return Draft(message.record(), members_of(context, *group)).with_target(std::move(number));
}

Draft perform(const act::ListGroups& act, const ActContext& context, const Asker& asker) {
    const Groups& groups = context.tables->groups;
    const std::vector<Group> listed = act.all ? groups.all() : groups.groups_of(asker.client);
    const auto listed_up_to = whole_number<std::uint32_t>(asker.row->list_cursor_view()).value_or(0);
    auto next = std::upper_bound(listed.begin(), listed.end(), listed_up_to,
                                 [&](std::uint32_t id, Group group) { return id < groups.id(group); });
    ListPart part(*asker.row);
    std::string rows;
    for (; next != listed.end(); ++next) {
        const auto members = groups.members(*next);
        if (!part.take(largest_group_line(members.size()))) break;
        append_group_info(rows, {groups.id(*next), context.tables->sessions.row(members.front().slot).client_id,
                                 ids_of(context, members)});
    }
    if (next != listed.begin()) part.set_cursor(std::to_string(groups.id(*std::prev(next))));
    return std::move(part).finish(records::Groups{.list = act.all ? "activeallgroups" : "activegroups"},
                                  std::move(rows), next == listed.end());
}

}  // namespace chat
