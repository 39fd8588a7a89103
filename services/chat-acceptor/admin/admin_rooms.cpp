// The operator and the rooms: Rooms, Add, Remove.
#include "chat-acceptor/admin/admin_commands.h"
#include "shared/text/text_rules.h"

#include <utility>

namespace chat {
namespace {

constexpr std::size_t rooms_a_batch = 256;

std::string_view word_of(OperatorActs::RoomAct act, bool in) noexcept {
    switch (act) {
        case OperatorActs::RoomAct::done:
            return in ? "added" : "removed";
        case OperatorActs::RoomAct::was_so:
            return in ? "already-inside" : "not-inside";
        case OperatorActs::RoomAct::refused:
            return "too-many-rooms";
        case OperatorActs::RoomAct::busy:
            break;
    }
    return "busy";
}

// Does nothing unless all clients are known. Reports the outcome for each client.
AdminAnswer change_rooms(AdminContext& context, const AdminRequest& request, bool in) {
    Acceptor& acceptor = *context.acceptor;
    std::string room = text_parameter(request, "room");
    if (room.starts_with('#')) room.erase(0, 1);
    if (!is_room_name(room)) return invalid_parameter("room");
    if (!in && !acceptor.rooms().find(room)) return admin_error("NoSuchRoom", {{"room", room}});
    std::vector<SlotId> clients;
    for (const Json& word : (*request.parameters)["clients"].items()) {
        const auto client = find_client(acceptor.sessions(), word.text());
        if (!client) return admin_error("NoSuchClient", {{"client", word}});
        clients.push_back(*client);
    }
    if (clients.empty()) return invalid_parameter("clients");
    std::vector<Json> changes;
    for (const SlotId client : clients) {
        const ClientRow& row = acceptor.sessions().row(client.slot);
        const auto act = acceptor.operators().change_room(client, in, room, request.operator_uid);
        changes.push_back(Json{{"id", row.client_id}, {"name", row.name_view()}, {"outcome", word_of(act, in)}});
    }
    return {{{{"room", room}, {"changes", Json::array(std::move(changes))}}, {}, false}, {}};
}

}  // namespace

AdminAnswer admin_add(AdminContext& context, const AdminRequest& request) {
    return change_rooms(context, request, true);
}

AdminAnswer admin_remove(AdminContext& context, const AdminRequest& request) {
    return change_rooms(context, request, false);
}

AdminAnswer admin_set_room(AdminContext& context, const AdminRequest& request) {
    constexpr std::uint64_t most_days = 36'500;
    std::string room = text_parameter(request, "room");
    if (room.starts_with('#')) room.erase(0, 1);
    if (!is_name(room)) return invalid_parameter("room");
    const std::string history = text_parameter(request, "history");
    if (!history.empty() && history != "on" && history != "off") return invalid_parameter("history");
    const Json& days = (*request.parameters)["keep_days"];
    if (days.is_natural() && days.natural() > most_days) return invalid_parameter("keep_days");
    if (history.empty() && !days.is_natural()) return invalid_parameter("history");
    const bool is_set = context.acceptor->operators().set_room(
        room, history.empty() ? std::nullopt : std::optional(history == "on"),
        days.is_natural() ? std::optional(static_cast<std::uint32_t>(days.natural())) : std::nullopt,
        request.operator_uid);
    if (!is_set) return admin_error("Busy");
    Json changed{{"room", room}};
    if (!history.empty()) changed.set("history", history);
    if (days.is_natural()) changed.set("keep_days", days.natural());
    return {{std::move(changed), {}, false}, {}};
}

AdminAnswer admin_rooms(AdminContext& context, const AdminRequest& /*request*/) {
    AdminAnswer answer;
    answer.batches = [rooms = &context.acceptor->rooms(), last = std::string()]() mutable {
        std::vector<Json> rows;
        auto room = rooms->next(last);
        for (; room && rows.size() < rooms_a_batch; room = rooms->next(last)) {
            last = rooms->name(*room);
            rows.push_back(Json{{"name", last}, {"count", rooms->members(*room).size()}});
        }
        return AdminBatch{varlink::Reply{{{"rooms", Json::array(std::move(rows))}}, {}, false}, !room};
    };
    return answer;
}

}  // namespace chat
