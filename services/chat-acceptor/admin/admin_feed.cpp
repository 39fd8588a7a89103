// From records to events. The strings of the ring are reused: an event allocates nothing.
#include "chat-acceptor/admin/admin_feed.h"

#include "shared/records/answer.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/room_rights.h"
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

void AdminFeed::add_session_event(const Record& record) {
    switch (records::session_kind(record)) {
        case records::SessionKind::connected:
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
        case records::RoomKind::topic:
        case records::RoomKind::modes_changed:
            add_room_setting(record);
            return;
        case records::RoomKind::rooms:
        case records::RoomKind::topic_shown:
        case records::RoomKind::kicked:
        case records::RoomKind::invited:
            return;
    }
}

// What the server's operators set; the operators of rooms and the server itself are no news here.
void AdminFeed::add_room_setting(const Record& record) {
    const auto uid = records::operator_uid_in(record);
    if (!uid) return;
    AdminEvent& event = next(record, "room-set");
    event.room =
        record.kind == RecordKind::topic ? records::Topic::of(record).room : records::ModesChanged::of(record).room;
    event.operator_uid = *uid;
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

// Memory may hold values that this program does not know.
template <typename Counts>
void count_one(Counts& counts, std::size_t which) noexcept {
    if (which < counts.size()) ++counts[which];
}

void AdminFeed::count_message(const Record& record) noexcept {
    ++counts_.messages;
    const auto scope = static_cast<std::size_t>(records::scope_in(record));
    count_one(counts_.accepted, scope);
    if (record.is_discarded()) count_one(counts_.discarded, scope);
}

void AdminFeed::count_session(const Record& record) noexcept {
    if (record.kind == RecordKind::connected) ++counts_.sessions;
    if (record.kind == RecordKind::departed) {
        ++counts_.departures;
        count_one(counts_.left, static_cast<std::size_t>(records::Departed::of(record).reason));
    }
    if (record.kind == RecordKind::logged_in) {
        ++counts_.logins;
        if (records::LoggedIn::of(record).registered) ++counts_.registrations;
    }
}

void AdminFeed::count(const Record& record) noexcept {
    if (record.kind == RecordKind::message) count_message(record);
    if (family_of(record.kind) == RecordFamily::session) count_session(record);
    if (record.kind == RecordKind::file_offered) ++counts_.files;
    if (record.kind == RecordKind::error)
        count_one(counts_.errors, static_cast<std::size_t>(records::Error::of(record).code));
}

void AdminFeed::add_bytes(std::uint64_t received, std::uint64_t sent) noexcept {
    counts_.received += received;
    counts_.sent += sent;
}

void AdminFeed::add(const Record& record, bool again) {
    if (!again) count(record);
    switch (family_of(record.kind)) {
        case RecordFamily::session:
            add_session_event(record);
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
        case RecordFamily::message:
        case RecordFamily::group:
        case RecordFamily::file:
        case RecordFamily::relay:
        case RecordFamily::watch:
        case RecordFamily::metadata:
        case RecordFamily::deletion:
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
