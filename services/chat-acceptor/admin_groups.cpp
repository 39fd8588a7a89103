// The operator and the groups: Groups.
#include "chat-acceptor/admin_commands.h"

#include <utility>

namespace chat {
namespace {

using varlink::Json;

constexpr std::size_t groups_a_batch = 128;

Json person_of(const Sessions& sessions, SlotId client) {
    const ClientRow& row = sessions.row(client.slot);
    return {{"id", row.client_id}, {"name", row.name_view()}};
}

Json group_of(const Acceptor& acceptor, Group group) {
    const Groups& groups = acceptor.groups();
    const auto people = [&](Standing standing) {
        Json all = Json::array();
        for (const SlotId client : groups.people(group, standing))
            all.push_back(person_of(acceptor.sessions(), client));
        return all;
    };
    return {{"id", groups.id(group)},
            {"admin", person_of(acceptor.sessions(), groups.admin(group))},
            {"members", people(Standing::member)},
            {"invited", people(Standing::invited)},
            {"asking", people(Standing::asking)}};
}

}  // namespace

AdminAnswer admin_groups(AdminContext& context, const AdminRequest& /*request*/) {
    Json rows = Json::array();
    for (const Group group : context.acceptor->groups().all()) rows.push_back(group_of(*context.acceptor, group));
    return in_batches("groups", std::move(rows), groups_a_batch);
}

}  // namespace chat
