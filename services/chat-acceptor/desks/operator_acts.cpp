// What each act publishes and logs.
#include "chat-acceptor/desks/operator_acts.h"

#include "shared/journal.h"

namespace chat {
namespace {

std::string by(std::uint32_t operator_uid) {
    return "by the operator with uid " + std::to_string(operator_uid);
}

}  // namespace

bool OperatorActs::kick(SlotId client, std::string_view reason, std::uint32_t operator_uid) {
    if (!floor_->publisher.has_control_room()) return false;
    const ClientRow& row = floor_->tables.sessions.row(client.slot);
    Record record = floor_->about(client, RecordKind::departed);
    record.scope = static_cast<std::uint8_t>(LeaveReason::kicked);
    record.text = reason;
    record.value = operator_uid;
    record.number = floor_->tables.sessions.announced_count() - (row.announced ? 1 : 0);
    const Receivers receivers = row.announced ? announcement_receivers(floor_->act_context, client) : Receivers();
    record.receivers = receivers.span();
    floor_->publish(record);
    const std::string id = std::to_string(row.client_id);
    const std::string name(row.name_view());
    journal(Priority::notice, "client-kicked", name + " (" + id + ") is disconnected " + by(operator_uid),
            {{"CHAT_CLIENT_ID", id},
             {"CHAT_CLIENT_NAME", name},
             {"CHAT_PEER", std::string(row.peer_view())},
             {"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    departures_->after_departure(client);
    floor_->publisher.ring();
    return true;
}

std::optional<OperatorActs::Announced> OperatorActs::announce_to_everyone(std::string_view text,
                                                                          std::uint32_t operator_uid) {
    if (!floor_->publisher.has_room()) return std::nullopt;
    Record record;
    record.kind = RecordKind::announcement;
    record.text = text;
    record.value = operator_uid;
    record.receivers = floor_->tables.sessions.everyone();
    record.number = static_cast<std::uint32_t>(record.receivers.size());
    const std::uint64_t sequence = floor_->publish(record).sequence;
    journal(Priority::notice, "announcement",
            "Announcement " + std::to_string(sequence) + " to " + std::to_string(record.number) + " clients " +
                by(operator_uid),
            {{"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    floor_->publisher.ring();
    return Announced{sequence, record.number};
}

std::optional<std::uint64_t> OperatorActs::forget(std::string_view person, std::uint64_t session,
                                                  std::uint32_t operator_uid) {
    if (!floor_->publisher.has_control_room()) return std::nullopt;
    Record record;
    record.kind = RecordKind::forget;
    record.target = person;
    record.target_session = session;
    record.value = operator_uid;
    const std::uint64_t sequence = floor_->publish(record).sequence;
    journal(Priority::notice, "forget",
            "Request " + std::to_string(sequence) + ": the texts of " + std::string(person) +
                " are to be removed from the log, " + by(operator_uid),
            {{"CHAT_CLIENT_NAME", std::string(person)},
             {"CHAT_REQUEST", std::to_string(sequence)},
             {"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    floor_->publisher.ring();
    return sequence;
}

OperatorActs::RoomAct OperatorActs::change_room(SlotId client, bool in, std::string_view room,
                                                std::uint32_t operator_uid) {
    if (!floor_->publisher.has_room()) return RoomAct::busy;
    const ClientRow& row = floor_->tables.sessions.row(client.slot);
    const Asker asker{client, &row, wall_clock()};
    const Draft draft = in ? perform(act::JoinRoom{room}, floor_->act_context, asker)
                           : perform(act::LeaveRoom{room}, floor_->act_context, asker);
    if (draft.is_refusal()) return RoomAct::refused;
    Record record = draft.record();
    const auto known = floor_->tables.rooms.find(record.target);
    if ((known && floor_->tables.rooms.is_member(client, *known)) == in) return RoomAct::was_so;
    record.sender = client;
    record.sender_id = row.client_id;
    record.session = row.session;
    record.name = row.name_view();
    record.flags |= record_flag::by_operator;
    record.value = operator_uid;
    const std::string id = std::to_string(row.client_id);
    const std::string name(row.name_view());
    const std::string where(record.target);  // the room's own name ends with the room
    record.target = where;
    floor_->publish(record);
    journal(
        Priority::notice, "room-changed",
        name + " (" + id + ") is " + (in ? "put into" : "taken out of") + " the room " + where + ' ' + by(operator_uid),
        {{"CHAT_CLIENT_ID", id},
         {"CHAT_CLIENT_NAME", name},
         {"CHAT_ROOM", where},
         {"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    floor_->publisher.ring();
    return RoomAct::done;
}

}  // namespace chat
