// From records to events. The strings of the ring are used again and again: nothing is allocated for an event.
#include "chat-acceptor/admin_feed.h"

#include "shared/records/answer.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/session.h"

namespace chat {

AdminEvent& AdminFeed::next(const Record& record, std::string_view kind) {
    AdminEvent& event = latest_[end_++ % kept];
    event.number = record.sequence;
    event.at = record.at;
    event.kind = kind;
    event.client_id = record.session != 0 ? record.sender_id : 0;
    event.name = record.name;
    event.peer = peer_of(record);
    event.old_name.clear();
    event.reason.clear();
    event.room.clear();
    event.operator_uid.reset();
    return event;
}

std::string_view AdminFeed::peer_of(const Record& record) const noexcept {
    if (record.kind == RecordKind::note) return record.text;
    if (record.kind == RecordKind::connected) return record.text.substr(0, record.text.find(' '));
    if (record.session == 0) return {};
    const ClientRow& row = sessions_->row(record.sender.slot);
    return row.session == record.session ? row.peer_view() : std::string_view{};
}

void AdminFeed::add_departure(const Record& record) {
    const auto reason = static_cast<LeaveReason>(record.scope);
    AdminEvent& event = next(record, "left");
    event.reason = word_of(reason);
    if (reason == LeaveReason::kicked) event.operator_uid = static_cast<std::uint32_t>(record.value);
}

void AdminFeed::add_room_change(const Record& record) {
    AdminEvent& event = next(record, record.kind == RecordKind::joined ? "added" : "removed");
    event.room = record.target;
    event.operator_uid = static_cast<std::uint32_t>(record.value);
}

void AdminFeed::add(const Record& record, bool again) {
    const std::uint64_t one = again ? 0 : 1;
    switch (record.kind) {
        case RecordKind::message:
            counts_.messages += one;
            break;
        case RecordKind::connected:
            counts_.sessions += one;
            next(record, "connected");
            break;
        case RecordKind::online:
            next(record, "joined");
            break;
        case RecordKind::renamed:
            next(record, "renamed").old_name = record.target;
            break;
        case RecordKind::departed:
            counts_.departures += one;
            add_departure(record);
            break;
        case RecordKind::note:
            if (record.scope == static_cast<std::uint8_t>(NoteKind::refused)) next(record, "refused");
            break;
        case RecordKind::joined:
        case RecordKind::left:
            if (record.has(record_flag::by_operator)) add_room_change(record);
            break;
        case RecordKind::announcement:
            next(record, "announced").operator_uid = static_cast<std::uint32_t>(record.value);
            break;
        case RecordKind::forget: {
            AdminEvent& event = next(record, "forgetting");
            event.name = record.target;
            event.operator_uid = static_cast<std::uint32_t>(record.value);
            break;
        }
        case RecordKind::error:
            if (record.has(record_flag::noted)) next(record, "too-fast");
            break;
        default:
            break;
    }
}

std::uint64_t AdminFeed::after(std::uint64_t number) const noexcept {
    std::uint64_t index = end_;
    while (index > first() && at(index - 1).number > number) --index;
    return index;
}

}  // namespace chat
