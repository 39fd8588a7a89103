// What each act publishes and logs.
#include "chat-acceptor/desks/operator_acts.h"

#include "chat-acceptor/acts/room_rights.h"
#include "chat-acceptor/acts/room_rules.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/session.h"
#include "shared/system/journal.h"

#include <limits>

namespace chat {
namespace {

std::string by(std::uint32_t operator_uid) {
    return "by the operator with uid " + std::to_string(operator_uid);
}

}  // namespace

bool OperatorActs::kick(SlotId client, std::string_view reason, std::uint32_t operator_uid) {
    if (!floor_->publisher.has_control_room()) return false;
    departures_->kick(client, reason, by(operator_uid), operator_uid);
    floor_->publisher.ring();
    return true;
}

std::optional<OperatorActs::Announced> OperatorActs::announce_to_everyone(std::string_view text,
                                                                          std::uint32_t operator_uid) {
    if (!floor_->publisher.has_room()) return std::nullopt;
    const auto everyone = floor_->tables.sessions.everyone();
    const records::Announcement announcement{.text = text,
                                             .count = static_cast<std::uint32_t>(everyone.size()),
                                             .operator_uid = operator_uid,
                                             .receivers = everyone};
    const std::uint64_t sequence = floor_->publish(announcement.record()).sequence;
    journal(Priority::notice, "announcement",
            "Announcement " + std::to_string(sequence) + " to " + std::to_string(announcement.count) + " clients " +
                by(operator_uid),
            {{"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    floor_->publisher.ring();
    return Announced{sequence, announcement.count};
}

// Without room it stays until it is too old: nobody can log in to the account any more.
void OperatorActs::end_account(std::uint32_t account) {
    if (account == 0 || !floor_->publisher.has_control_room() || !floor_->publisher.may_publish(RecordKind::kept_ended))
        return;
    constexpr std::uint64_t all = std::numeric_limits<std::int64_t>::max();
    floor_->publish(records::KeptEnded{.gift = {account, all, all}, .deleted = true}.record());
    floor_->publisher.ring();
}

std::optional<std::uint64_t> OperatorActs::forget(std::string_view person, std::uint64_t session,
                                                  std::uint32_t operator_uid) {
    if (!floor_->publisher.has_control_room()) return std::nullopt;
    const std::uint64_t sequence =
        floor_->publish(records::Forget{.person = person, .session = session, .operator_uid = operator_uid}.record())
            .sequence;
    journal(Priority::notice, "forget",
            "Request " + std::to_string(sequence) + " to remove the texts of " + std::string(person) +
                " from the log, " + by(operator_uid),
            {{"CHAT_CLIENT_NAME", std::string(person)},
             {"CHAT_REQUEST", std::to_string(sequence)},
             {"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    floor_->publisher.ring();
    return sequence;
}

bool OperatorActs::set_room(std::string_view room, std::optional<bool> history, std::optional<std::uint32_t> keep_days,
                            std::uint32_t operator_uid) {
    if (!floor_->publisher.has_control_room() || !floor_->publisher.may_publish(RecordKind::room_set)) return false;
    const auto open = floor_->tables.rooms.find(room);
    floor_->publish(records::RoomSet{.room = room,
                                     .history = history,
                                     .keep_days = keep_days,
                                     .opened = open ? floor_->tables.rooms.opened_by(*open) : 0,
                                     .operator_uid = operator_uid}
                        .record());
    journal(Priority::notice, "room-changed",
            "The settings of the room " + std::string(room) + " were changed " + by(operator_uid),
            {{"CHAT_ROOM", std::string(room)}, {"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    floor_->publisher.ring();
    return true;
}

OperatorActs::RoomChange OperatorActs::change(Room room, const Draft& draft, std::uint32_t operator_uid) {
    if (draft.is_refusal()) return {.refusal = std::string(draft.record().text)};
    if (draft.kind() == RecordKind::done) return {};
    if (!floor_->publisher.has_room() || !floor_->publisher.may_publish(draft.kind())) return {.is_busy = true};
    floor_->publish(draft.record());
    const std::string name(floor_->tables.rooms.name(room));
    journal(Priority::notice, "room-changed", "The settings of the room " + name + " were changed " + by(operator_uid),
            {{"CHAT_ROOM", name}, {"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    floor_->publisher.ring();
    return {};
}

OperatorActs::RoomChange OperatorActs::set_topic(Room room, std::string_view text, std::uint32_t operator_uid) {
    return change(room, chat::set_topic(floor_->act_context, room, text, operator_uid), operator_uid);
}

OperatorActs::RoomChange OperatorActs::change_modes(Room room, const std::vector<ModeRequest>& requests,
                                                    std::uint32_t operator_uid) {
    return change(room, chat::change_modes(floor_->act_context, room, requests, operator_uid), operator_uid);
}

OperatorActs::RoomAct OperatorActs::change_room(SlotId client, bool in, std::string_view room,
                                                std::uint32_t operator_uid) {
    if (!floor_->publisher.has_room()) return RoomAct::busy;
    const ClientRow& row = floor_->tables.sessions.row(client.slot);
    const Asker asker{client, &row, wall_clock()};
    const Draft draft = in ? enter_room(act::JoinRoom{room}, floor_->act_context, asker, false)
                           : perform(act::LeaveRoom{room}, floor_->act_context, asker);
    if (draft.is_refusal()) return RoomAct::refused;
    const Record record = draft.record();
    // The room's own name disappears with the room.
    const std::string where(in ? records::Joined::of(record).room : records::Left::of(record).room);
    const auto known = floor_->tables.rooms.find(where);
    if ((known && floor_->tables.rooms.is_member(client, *known)) == in) return RoomAct::was_so;
    const auto by_operator = [&](auto change) {
        change.room = where;
        change.operator_uid = operator_uid;
        if (row.is_quiet != 0) change.receivers = {};  // its leaving would reach nobody either
        return change.record();
    };
    floor_->publish(
        floor_->about(client, in ? by_operator(records::Joined::of(record)) : by_operator(records::Left::of(record))));
    const std::string id = std::to_string(row.client_id);
    const std::string name(row.name_view());
    journal(Priority::notice, "room-changed",
            name + " (" + id + ") was " + (in ? "added to" : "removed from") + " the room " + where + ' ' +
                by(operator_uid),
            {{"CHAT_CLIENT_ID", id},
             {"CHAT_CLIENT_NAME", name},
             {"CHAT_ROOM", where},
             {"CHAT_OPERATOR_UID", std::to_string(operator_uid)}});
    floor_->publisher.ring();
    return RoomAct::done;
}

}  // namespace chat
