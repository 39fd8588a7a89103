// Groups: /makegroup /makegroupreq /joingroup /declinegroup /approve /reject /leavegroup /sendgroup /activegroups
// /activeallgroups.
#include "chat-acceptor/commands.h"
#include "shared/line.h"

#include <algorithm>

namespace chat {
namespace {

Record refuse_stranger(CommandContext& context, Group group) {
    return refuse(context, ErrorCode::not_a_member,
                  "You are not in the group " + std::to_string(context.groups->id(group)));
}

Record refuse_full(CommandContext& context) {
    return refuse(context, ErrorCode::group_full,
                  "A group has " + std::to_string(most_group_members(context)) + " members at most, with its admin");
}

bool is_full(const CommandContext& context, Group group) {
    return context.groups->member_count(group) >= most_group_members(context);
}

bool is_in_too_many(const CommandContext& context, SlotId client) {
    return std::cmp_greater_equal(context.groups->count_of(client), context.config->max_groups_per_client);
}

Record about_group(const CommandContext& context, RecordKind kind, Group group, std::size_t count = 0) {
    Record record;
    record.kind = kind;
    record.value = context.groups->id(group);
    record.number = static_cast<std::uint32_t>(count);
    return record;
}

std::span<const SlotId> to_members(CommandContext& context, Group group) {
    context.receivers = context.groups->members(group);
    return context.receivers;
}

std::span<const SlotId> to_admin(CommandContext& context, Group group) {
    context.receivers.assign(1, context.groups->admin(group));
    return context.receivers;
}

std::string ids_of(const CommandContext& context, std::span<const SlotId> clients) {
    std::string ids;
    for (const SlotId client : clients) {
        if (!ids.empty()) ids += ',';
        ids += std::to_string(context.sessions->row(client.slot).client_id);
    }
    return ids;
}

// All or nothing: with the others as members, or asked to become members.
Record make_group(CommandContext& context, const Request& request, Standing others) {
    std::vector<SlotId> people;
    for (std::string_view words = request.text; !words.empty();) {
        const auto [word, rest] = split_first_word(words);
        words = rest;
        if (word.empty()) continue;
        const auto client = find_client(context, word);
        if (!client) return refuse(context, ErrorCode::no_such_client, "There is no client " + std::string(word));
        if (*client == request.client)
            return refuse(context, ErrorCode::self, "That is you: who makes a group is in it");
        if (std::find(people.begin(), people.end(), *client) != people.end())
            return refuse(context, ErrorCode::bad_arguments, std::string(word) + " stands there twice");
        people.push_back(*client);
    }
    if (people.empty()) return refuse(context, ErrorCode::bad_arguments, "Which clients? Name them by their ids");
    if (people.size() + 1 > most_group_members(context)) return refuse_full(context);
    if (!context.groups->has_place_for_another())
        return refuse(context, ErrorCode::too_many_groups, "There are as many groups as there may be");
    if (is_in_too_many(context, request.client))
        return refuse(context, ErrorCode::too_many_groups, "You are in as many groups as a client may be in");
    if (others == Standing::member)
        for (const SlotId client : people)
            if (is_in_too_many(context, client))
                return refuse(context, ErrorCode::too_many_groups,
                              std::string(context.sessions->row(client.slot).name_view()) +
                                  " is in as many groups as a client may be in");
    context.receivers = std::move(people);
    context.text = std::to_string(request.row->client_id);
    if (others == Standing::member) context.text += ',' + ids_of(context, context.receivers);
    Record record;
    record.kind = RecordKind::group_made;
    record.scope = static_cast<std::uint8_t>(others);
    record.value = context.groups->choose_id();
    record.receivers = context.receivers;
    record.text = context.text;
    return record;
}

// The admin's answer to one who asks.
Record answer_request(CommandContext& context, const Request& request, bool approved) {
    const auto [word, who] = split_first_word(request.text);
    const auto group = find_group(context, word);
    if (!group) return refuse_unknown_group(context, word);
    const Groups& groups = *context.groups;
    if (groups.admin(*group) != request.client)
        return refuse(context, ErrorCode::not_admin, "Only the admin of a group answers who wants to join it");
    const auto client = find_client(context, who);
    if (!client || groups.standing(*group, *client) != Standing::asking)
        return refuse(context, ErrorCode::no_such_request, std::string(who) + " has not asked to join the group");
    if (approved && is_full(context, *group)) return refuse_full(context);
    if (approved && is_in_too_many(context, *client))
        return refuse(context, ErrorCode::too_many_groups,
                      std::string(who) + " is in as many groups as a client may be in");
    Record record = about_group(context, approved ? RecordKind::group_approved : RecordKind::group_rejected, *group,
                                groups.member_count(*group) + 1);
    const ClientRow& row = context.sessions->row(client->slot);
    record.target_id = row.client_id;
    record.target = row.name_view();
    context.receivers.assign(1, *client);
    if (approved) {
        const auto members = groups.members(*group);
        context.receivers.insert(context.receivers.end(), members.begin(), members.end());
    }
    record.receivers = context.receivers;
    return record;
}

Record list_groups(CommandContext& context, std::span<const Group> groups, std::string_view list) {
    context.text.clear();
    for (const Group group : groups) {
        const auto members = context.groups->members(group);
        append_group_info(context.text,
                          {context.groups->id(group), context.sessions->row(members.front().slot).client_id,
                           ids_of(context, members)});
    }
    Record record;
    record.kind = RecordKind::groups;
    record.number = static_cast<std::uint32_t>(groups.size());
    record.target = list;
    record.text = context.text;
    return record;
}

}  // namespace

std::optional<Group> find_group(const CommandContext& context, std::string_view word) {
    constexpr std::string_view prefix = "group:";
    if (word.starts_with(prefix)) word.remove_prefix(prefix.size());
    const auto id = whole_number<std::uint32_t>(word);
    return id ? context.groups->find(*id) : std::nullopt;
}

Record refuse_unknown_group(CommandContext& context, std::string_view word) {
    return refuse(context, ErrorCode::no_such_group, "There is no group " + std::string(word));
}

std::size_t most_group_members(const CommandContext& context) noexcept {
    return std::min(static_cast<std::size_t>(context.config->max_group_members), context.groups->most_members());
}

Record handle_makegroup(CommandContext& context, const Request& request) {
    return make_group(context, request, Standing::member);
}

Record handle_makegroupreq(CommandContext& context, const Request& request) {
    return make_group(context, request, Standing::invited);
}

Record handle_joingroup(CommandContext& context, const Request& request) {
    const auto group = find_group(context, request.text);
    if (!group) return refuse_unknown_group(context, request.text);
    const Groups& groups = *context.groups;
    const Standing standing = groups.standing(*group, request.client);
    if (standing == Standing::member)
        return refuse(context, ErrorCode::already_member, "You are in this group already");
    if (is_full(context, *group)) return refuse_full(context);
    if (is_in_too_many(context, request.client))
        return refuse(context, ErrorCode::too_many_groups, "You are in as many groups as a client may be in");
    if (standing == Standing::invited) {
        Record record = about_group(context, RecordKind::group_joined, *group, groups.member_count(*group) + 1);
        record.receivers = to_members(context, *group);
        return record;
    }
    // Who asks again reminds the admin, who may be another by now.
    if (standing == Standing::none && !groups.has_place_for_request(*group))
        return refuse(context, ErrorCode::busy, "Too many others wait for an answer of this group's admin");
    Record record = about_group(context, RecordKind::group_asked, *group);
    record.receivers = to_admin(context, *group);
    return record;
}

Record handle_declinegroup(CommandContext& context, const Request& request) {
    const auto group = find_group(context, request.text);
    if (!group) return refuse_unknown_group(context, request.text);
    if (context.groups->standing(*group, request.client) != Standing::invited)
        return refuse(context, ErrorCode::not_invited, "You are not invited into this group");
    Record record = about_group(context, RecordKind::group_declined, *group);
    record.receivers = to_admin(context, *group);
    return record;
}

Record handle_approve(CommandContext& context, const Request& request) {
    return answer_request(context, request, true);
}

Record handle_reject(CommandContext& context, const Request& request) {
    return answer_request(context, request, false);
}

Record handle_leavegroup(CommandContext& context, const Request& request) {
    const auto group = find_group(context, request.text);
    if (!group) return refuse_unknown_group(context, request.text);
    if (context.groups->standing(*group, request.client) != Standing::member) return refuse_stranger(context, *group);
    Record record = about_group(context, RecordKind::group_left, *group, context.groups->member_count(*group) - 1);
    record.receivers = to_members(context, *group);
    return record;
}

Record handle_sendgroup(CommandContext& context, const Request& request) {
    const auto [word, text] = split_first_word(request.text);
    const auto group = find_group(context, word);
    if (!group) return refuse_unknown_group(context, word);
    if (context.groups->standing(*group, request.client) != Standing::member) return refuse_stranger(context, *group);
    Record record = about_group(context, RecordKind::message, *group, context.groups->member_count(*group) - 1);
    record.scope = static_cast<std::uint8_t>(MessageScope::group);
    context.target = std::to_string(context.groups->id(*group));
    record.target = context.target;
    record.text = text;
    record.receivers = to_members(context, *group);
    return record;
}

Record handle_activegroups(CommandContext& context, const Request& request) {
    return list_groups(context, context.groups->groups_of(request.client), "activegroups");
}

Record handle_activeallgroups(CommandContext& context, const Request& /*request*/) {
    return list_groups(context, context.groups->all(), "activeallgroups");
}

}  // namespace chat
