// Follow: the events as they happen, each in its own reply.
#include "chat-acceptor/admin/admin_commands.h"
#include "shared/system/clock.h"

#include <algorithm>

namespace chat {
namespace {

Json json_of(const AdminEvent& event) {
    Json json{{"number", event.number}, {"at", time_text(event.at)}, {"event", event.kind}};
    if (event.client_id != 0) json.set("client", event.client_id);
    if (!event.name.empty()) json.set("name", event.name);
    if (!event.peer.empty()) json.set("peer", event.peer);
    if (!event.old_name.empty()) json.set("old", event.old_name);
    if (!event.reason.empty()) json.set("reason", event.reason);
    if (!event.room.empty()) json.set("room", event.room);
    if (event.operator_uid) json.set("operator", *event.operator_uid);
    return json;
}

std::uint64_t number_of(const Json& parameters, const char* name, std::uint64_t absent) {
    const Json& given = parameters[name];
    return given.is_natural() ? given.natural() : absent;
}

}  // namespace

AdminAnswer admin_follow(AdminContext& context, const AdminRequest& request) {
    const AdminFeed* feed = context.feed;
    const Json& parameters = *request.parameters;
    const std::uint64_t last = std::min(number_of(parameters, "last", 0), feed->end() - feed->first());
    const bool goes_on = !parameters["after"].is_null();
    const std::uint64_t from = goes_on ? feed->after(number_of(parameters, "after", 0)) : feed->end() - last;
    AdminAnswer answer;
    answer.batches = [feed, next = from, greeted = false]() mutable {
        if (!greeted) {
            greeted = true;
            const std::uint64_t before = next > feed->first() ? feed->at(next - 1).number : 0;
            return AdminBatch{varlink::Reply{{{"ready", true}, {"number", before}}, {}, false}, false};
        }
        if (next < feed->first()) return AdminBatch{admin_error("TooSlow").reply, true};
        if (next == feed->end()) return AdminBatch{};
        return AdminBatch{varlink::Reply{{{"event", json_of(feed->at(next++))}}, {}, false}, false};
    };
    return answer;
}

}  // namespace chat
