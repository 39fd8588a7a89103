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
    const Acceptor* acceptor = context.acceptor;
    std::vector<std::uint32_t> ids;
    for (const Group group : acceptor->groups().all()) ids.push_back(acceptor->groups().id(group));
    AdminAnswer answer;
    answer.batches = [acceptor, ids = std::move(ids), next = std::size_t{0}]() mutable {
        std::vector<Json> rows;
        for (; next < ids.size() && rows.size() < groups_a_batch; ++next)
            if (const auto group = acceptor->groups().find(ids[next])) rows.push_back(group_of(*acceptor, *group));
        return AdminBatch{varlink::Reply{{{"groups", Json::array(std::move(rows))}}, {}, false}, next == ids.size()};
    };
    return answer;
}

}  // namespace chat
