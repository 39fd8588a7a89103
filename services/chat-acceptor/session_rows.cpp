// Inserting and completing rows of sessions, and inserting those of events.
#include "chat-acceptor/session_rows.h"

#include "shared/memory/queue.h"
#include "shared/memory/room_table.h"
#include "shared/records/answer.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/room_rights.h"
#include "shared/records/session.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <optional>

namespace chat {
namespace {

std::string_view word_of(NoteKind kind) noexcept {
    switch (kind) {
        case NoteKind::refused:
            return "refused";
        case NoteKind::banned:
            return "ban";
        case NoteKind::unbanned:
            return "unban";
        case NoteKind::too_fast:
            break;
    }
    return "too-fast";
}

std::string by_operator(std::uint32_t uid) {
    return "uid=" + std::to_string(uid);
}

// Is it already in the row of its session?
bool is_in_row(const Record& record) noexcept {
    switch (records::session_kind(record)) {
        case records::SessionKind::connected:
        case records::SessionKind::renamed:
        case records::SessionKind::departed:
        case records::SessionKind::logged_in:
        case records::SessionKind::seen:
        case records::SessionKind::introduced:
            return true;
        case records::SessionKind::kept_page:
        case records::SessionKind::online:
        case records::SessionKind::closed:
        case records::SessionKind::quieted:
            break;
    }
    return false;
}

// A name that the server chose is not a login.
bool is_given_name(const Record& record) noexcept {
    return record.kind == RecordKind::renamed && records::Renamed::of(record).given;
}

bool is_by_operator(const Record& change) noexcept {
    switch (records::room_kind(change)) {
        case records::RoomKind::joined:
            return records::Joined::of(change).operator_uid.has_value();
        case records::RoomKind::left:
            return records::Left::of(change).operator_uid.has_value();
        case records::RoomKind::topic:
        case records::RoomKind::modes_changed:
            return records::operator_uid_in(change).has_value();
        case records::RoomKind::rooms:
        case records::RoomKind::topic_shown:
        case records::RoomKind::kicked:
        case records::RoomKind::invited:
            break;
    }
    return false;
}

// ` room=cave +o=Batman`
std::string modes_detail(const Record& record) {
    auto changed = records::ModesChanged::of(record);
    std::string detail = by_operator(changed.operator_uid.value_or(0)) + " room=" + std::string(changed.room);
    while (const auto change = take_mode_change(changed.rows)) {
        detail.append(change->adds ? " +" : " -").push_back(change->letter);
        if (!change->param.empty() && change->letter != 'k') detail.append("=").append(change->param);
    }
    return detail;
}

// Of one that has just joined a room; otherwise 0.
std::uint32_t account_of_member(const Record& record) noexcept {
    return record.kind == RecordKind::joined ? records::Joined::of(record).account : 0;
}

}  // namespace

SessionRows::SessionRows(const std::string& directory)
    : database_(directory),
      connected_(database_,
                 "INSERT OR IGNORE INTO session (session, client_id, name, peer, connected_at)"
                 " VALUES (?, ?, ?, ?, ?)"),
      renamed_(database_, "UPDATE session SET name = ? WHERE session = ?"),
      departed_(database_, "UPDATE session SET ended_at = ?, reason = ? WHERE session = ?"),
      event_(database_, "INSERT OR IGNORE INTO event (event, at, session, kind, detail) VALUES (?, ?, ?, ?, ?)"),
      // What was written while the history was off stays hidden.
      set_room_(database_,
                "INSERT INTO room (name, history, since, keep_days) VALUES (?1, ?2, ?3, nullif(?4, 0))"
                " ON CONFLICT DO UPDATE SET history = coalesce(?2, history), since = CASE WHEN ?2 IS NOT 'on' OR"
                " history IS 'on' THEN since WHEN history IS 'off' THEN ?5 ELSE ?3 END,"
                " keep_days = nullif(coalesce(?4, keep_days), 0)") {}

bool SessionRows::concerns(const Record& record) noexcept {
    switch (family_of(record.kind)) {
        case RecordFamily::session:
            return is_in_row(record);
        case RecordFamily::operators:
            return true;
        case RecordFamily::room:
            return is_by_operator(record) || account_of_member(record) != 0;
        case RecordFamily::answer:
            return record.kind == RecordKind::error && records::Error::of(record).noted;
        case RecordFamily::message:
        case RecordFamily::group:
        case RecordFamily::file:
        case RecordFamily::relay:
        case RecordFamily::watch:
        case RecordFamily::metadata:
        case RecordFamily::deletion:
        case RecordFamily::none:
            break;
    }
    return false;
}

void SessionRows::write(const Segment& segment, const std::vector<Position>& positions) {
    const QueueReader reader(segment.queue_ring());
    const Position tail = segment.words().tail.load(std::memory_order_acquire);
    Transaction transaction(database_);
    for (const Position position : positions) {
        const auto entry = reader.read(position, tail);
        const auto record = entry && !entry->padding ? decode(entry->bytes) : std::nullopt;
        if (!record) throw DamagedSegment("a record in shared memory is damaged");
        write(*record);
    }
    CHAT_CRASH_POINT("session log: rows written");
    transaction.commit();
    CHAT_CRASH_POINT("session log: rows committed");
}

bool SessionRows::retain(std::int64_t keep_days) {
    const Microseconds now = wall_clock();
    return old_events_.step(now, keep_days) || old_sessions_.step(now, keep_days);
}

void SessionRows::write(const Record& record) {
    switch (family_of(record.kind)) {
        case RecordFamily::session:
            write_session(record);
            return;
        case RecordFamily::operators:
            write_operator_event(record);
            return;
        case RecordFamily::room:
            write_room_event(record);
            return;
        case RecordFamily::answer:
            add_event(record, word_of(NoteKind::too_fast), {});
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

void SessionRows::write_session(const Record& record) {
    const auto session = static_cast<std::int64_t>(record.session);
    switch (records::session_kind(record)) {
        case records::SessionKind::connected:
            connected_.bind(session)
                .bind(record.sender_id)
                .bind(record.name)
                .bind(records::Connected::of(record).peer)
                .bind(record.at)
                .run();
            return;
        case records::SessionKind::renamed:
        case records::SessionKind::logged_in:
        case records::SessionKind::introduced:
            renamed_.bind(record.name).bind(session).run();
            if (!is_given_name(record)) add_event(record, "login", record.name);
            // Nobody joins the lobby: an account begins there with its registration.
            if (record.kind == RecordKind::logged_in && records::LoggedIn::of(record).registered)
                seen_.begin(records::LoggedIn::of(record).account, "room:" + std::string(lobby_name), record.sequence);
            return;
        case records::SessionKind::departed: {
            const auto departed = records::Departed::of(record);
            departed_.bind(record.at).bind(chat::word_of(departed.reason)).bind(session).run();
            seen_.forget_session(record.session);
            if (departed.reason == LeaveReason::kicked)
                add_event(record, "kick",
                          (departed.operator_uid ? by_operator(*departed.operator_uid) : "irc-operator") +
                              (departed.word.empty() ? "" : " reason=") + std::string(departed.word));
            return;
        }
        case records::SessionKind::seen:
            seen_.mark(record, records::Seen::of(record));
            return;
        case records::SessionKind::kept_page:
        case records::SessionKind::online:
        case records::SessionKind::closed:
        case records::SessionKind::quieted:
            return;
    }
}

void SessionRows::write_room_event(const Record& record) {
    if (const std::uint32_t account = account_of_member(record); account != 0)
        seen_.begin(account, "room:" + fold_case(records::Joined::of(record).room), record.sequence);
    if (!is_by_operator(record)) return;
    const auto add = [&](std::string_view kind, const auto& change) {
        add_event(record, kind, by_operator(change.operator_uid.value_or(0)) + " room=" + std::string(change.room));
    };
    switch (records::room_kind(record)) {
        case records::RoomKind::joined:
            add("add", records::Joined::of(record));
            return;
        case records::RoomKind::left:
            add("remove", records::Left::of(record));
            return;
        case records::RoomKind::topic:
            add("topic", records::Topic::of(record));
            return;
        case records::RoomKind::modes_changed:
            add_event(record, "mode", modes_detail(record));
            return;
        case records::RoomKind::rooms:
        case records::RoomKind::topic_shown:
        case records::RoomKind::kicked:
        case records::RoomKind::invited:
            return;
    }
}

void SessionRows::write_operator_event(const Record& record) {
    switch (records::operator_kind(record)) {
        case records::OperatorKind::note: {
            const auto note = records::Note::of(record);
            const bool is_ban = note.what == NoteKind::banned || note.what == NoteKind::unbanned;
            const std::string whom = note.detail.starts_with("account=") ? " " : " address=";
            add_event(
                record, word_of(note.what),
                is_ban ? by_operator(note.operator_uid) + whom + std::string(note.detail) : std::string(note.detail));
            return;
        }
        case records::OperatorKind::announcement: {
            const auto announcement = records::Announcement::of(record);
            add_event(record, "announce",
                      by_operator(announcement.operator_uid) + " receivers=" + std::to_string(announcement.count));
            return;
        }
        case records::OperatorKind::room_set:
            write_room(record);
            return;
        case records::OperatorKind::kept_ended:
            if (const auto ended = records::KeptEnded::of(record); ended.deleted)
                seen_.forget_account(ended.gift.account);
            return;
        case records::OperatorKind::forget: {
            const auto forget = records::Forget::of(record);
            add_event(record, "forget", by_operator(forget.operator_uid) + " client=" + std::string(forget.person));
            return;
        }
    }
}

void SessionRows::write_room(const Record& record) {
    const auto set = records::RoomSet::of(record);
    const auto number = static_cast<std::int64_t>(record.sequence);
    std::string detail = by_operator(set.operator_uid) + " room=" + std::string(set.room);
    set_room_.bind(set.room);
    if (set.history) {
        const std::string_view word = *set.history ? "on" : "off";
        set_room_.bind(word);
        detail.append(" history=").append(word);
    } else {
        set_room_.bind_null();
    }
    set_room_.bind(set.opened != 0 ? static_cast<std::int64_t>(set.opened) : number);
    if (set.keep_days) {
        set_room_.bind(*set.keep_days);
        detail += " keep_days=" + std::to_string(*set.keep_days);
    } else {
        set_room_.bind_null();
    }
    set_room_.bind(number).run();
    add_event(record, "room", detail);
}

void SessionRows::add_event(const Record& record, std::string_view kind, std::string_view detail) {
    event_.bind(static_cast<std::int64_t>(record.sequence)).bind(record.at);
    if (record.session != 0)
        event_.bind(static_cast<std::int64_t>(record.session));
    else
        event_.bind_null();
    event_.bind(kind).bind(detail).run();
}

}  // namespace chat
