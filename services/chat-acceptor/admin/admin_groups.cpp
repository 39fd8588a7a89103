// The operator and the groups: Groups.
#include "chat-acceptor/admin/admin_commands.h"

#include <utility>

namespace chat {
namespace {

constexpr std::size_t groups_a_batch = 128;

Json person_of(const Sessions& sessions, SlotId client) {
    const ClientRow& row = sessions.row(client.slot);
    return {{"id", row.client_id}, {"name", row.name_view()}};
}

Json group_of(const Acceptor& acceptor, Group group) {
    const Groups& groups = acceptor.groups();
    const auto people = [&](Standing standing) {
        std::vector<Json> all;
        for (const SlotId client : groups.people(group, standing))
            all.push_back(person_of(acceptor.sessions(), client));
        return Json::array(std::move(all));
    };
    return {{"id", groups.id(group)},
            {"admin", person_of(acceptor.sessions(), groups.admin(group))},
            {"members", people(Standing::member)},
            {"invited", people(Standing::invited)},
            {"asking", people(Standing::asking)}};
}

}  // namespace

AdminAnswer admin_groups(AdminContext& context, const AdminRequest& /*request*/) {
    std::vector<Json> rows;
    for (const Group group : context.acceptor->groups().all()) rows.push_back(group_of(*context.acceptor, group));
    return in_batches("groups", std::move(rows), groups_a_batch);
}

}  // namespace chat
