// From records to events. The strings of the ring are reused: an event allocates nothing.
#include "chat-acceptor/admin/admin_feed.h"

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
    if (record.kind == RecordKind::note) {
        const auto note = records::Note::of(record);
        return note.what == NoteKind::refused ? note.detail : note.detail.substr(0, note.detail.find(' '));
    }
    if (record.kind == RecordKind::connected) return records::Connected::of(record).peer;
    if (record.session == 0) return {};
    const ClientRow& row = sessions_->row(record.sender.slot);
    return row.session == record.session ? row.peer_view() : std::string_view{};
}

void AdminFeed::add_departure(const Record& record) {
    const auto departed = records::Departed::of(record);
    AdminEvent& event = next(record, "left");
    event.reason = word_of(departed.reason);
    event.operator_uid = departed.operator_uid;
}

template <RecordKind Kind>
void AdminFeed::add_room_change(const Record& record, std::string_view word) {
    const auto change = records::RoomChange<Kind>::of(record);
    if (!change.operator_uid) return;
    AdminEvent& event = next(record, word);
    event.room = change.room;
    event.operator_uid = change.operator_uid;
}

void AdminFeed::add_forget(const Record& record) {
    const auto forget = records::Forget::of(record);
    AdminEvent& event = next(record, "forgetting");
    event.name = forget.person;
    event.operator_uid = forget.operator_uid;
}

void AdminFeed::add_note(const Record& record) {
    const auto note = records::Note::of(record);
    switch (note.what) {
        case NoteKind::refused:
            next(record, "refused");
            return;
        case NoteKind::banned:
            next(record, "banned").operator_uid = note.operator_uid;
            return;
        case NoteKind::unbanned:
            next(record, "unbanned").operator_uid = note.operator_uid;
            return;
        case NoteKind::too_fast:
            return;
    }
}

void AdminFeed::add_session_event(const Record& record, std::uint64_t one) {
    switch (records::session_kind(record)) {
        case records::SessionKind::connected:
            counts_.sessions += one;
            next(record, "connected");
            return;
        case records::SessionKind::online:
            next(record, "joined");
            return;
        case records::SessionKind::renamed:
            next(record, "renamed").old_name = records::Renamed::of(record).old_name;
            return;
        case records::SessionKind::logged_in: {
            const auto login = records::LoggedIn::of(record);
            if (login.name != login.old_name) next(record, "renamed").old_name = login.old_name;
            return;
        }
        case records::SessionKind::departed:
            counts_.departures += one;
            add_departure(record);
            return;
        case records::SessionKind::closed:
        case records::SessionKind::quieted:
        case records::SessionKind::kept_page:
        case records::SessionKind::seen:
        case records::SessionKind::introduced:
            return;
    }
}

void AdminFeed::add_room_event(const Record& record) {
    switch (records::room_kind(record)) {
        case records::RoomKind::joined:
            add_room_change<RecordKind::joined>(record, "added");
            return;
        case records::RoomKind::left:
            add_room_change<RecordKind::left>(record, "removed");
            return;
        case records::RoomKind::rooms:
            return;
    }
}

void AdminFeed::add_operator_event(const Record& record) {
    switch (records::operator_kind(record)) {
        case records::OperatorKind::note:
            add_note(record);
            return;
        case records::OperatorKind::announcement:
            next(record, "announced").operator_uid = records::Announcement::of(record).operator_uid;
            return;
        case records::OperatorKind::forget:
            add_forget(record);
            return;
        case records::OperatorKind::room_set: {
            const auto set = records::RoomSet::of(record);
            AdminEvent& event = next(record, "room-set");
            event.room = set.room;
            event.operator_uid = set.operator_uid;
            return;
        }
        case records::OperatorKind::kept_ended:
            return;
    }
}

void AdminFeed::add(const Record& record, bool again) {
    const std::uint64_t one = again ? 0 : 1;
    switch (family_of(record.kind)) {
        case RecordFamily::message:
            counts_.messages += one;
            return;
        case RecordFamily::session:
            add_session_event(record, one);
            return;
        case RecordFamily::room:
            add_room_event(record);
            return;
        case RecordFamily::operators:
            add_operator_event(record);
            return;
        case RecordFamily::answer:
            if (record.kind == RecordKind::error && records::Error::of(record).noted) next(record, "too-fast");
            return;
        case RecordFamily::group:
        case RecordFamily::file:
        case RecordFamily::none:
            return;
    }
}

std::uint64_t AdminFeed::after(std::uint64_t number) const noexcept {
    std::uint64_t index = end_;
    while (index > first() && at(index - 1).number > number) --index;
    return index;
}

}  // namespace chat
