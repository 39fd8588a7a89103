// Inserting and completing rows of sessions, and inserting those of events.
#include "chat-acceptor/session_rows.h"

#include "shared/clock.h"
#include "shared/crash_point.h"
#include "shared/queue.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"

#include <optional>

namespace chat {
namespace {

std::string_view word_of(NoteKind kind) noexcept {
    return kind == NoteKind::refused ? "refused" : "too-fast";
}

std::string by_operator(const Record& record) {
    return "uid=" + std::to_string(record.value);
}

}  // namespace

SessionRows::SessionRows(const std::string& directory)
    : database_(directory),
      connected_(database_,
                 "INSERT OR IGNORE INTO session (session, client_id, name, peer, connected_at)"
                 " VALUES (?, ?, ?, ?, ?)"),
      renamed_(database_, "UPDATE session SET name = ? WHERE session = ?"),
      departed_(database_, "UPDATE session SET ended_at = ?, reason = ? WHERE session = ?"),
      event_(database_, "INSERT OR IGNORE INTO event (event, at, session, kind, detail) VALUES (?, ?, ?, ?, ?)") {}

bool SessionRows::concerns(const Record& record) noexcept {
    return record.kind == RecordKind::connected || record.kind == RecordKind::renamed ||
           record.kind == RecordKind::departed || record.kind == RecordKind::announcement ||
           record.kind == RecordKind::forget || record.kind == RecordKind::note || record.has(record_flag::noted) ||
           record.has(record_flag::by_operator);
}

void SessionRows::write(const Segment& segment, const std::vector<Position>& positions) {
    const QueueReader reader(segment.queue_ring());
    const Position tail = segment.words().tail.load(std::memory_order_acquire);
    Transaction transaction(database_);
    for (const Position position : positions) {
        const auto entry = reader.read(position, tail);
        const auto record = entry && !entry->padding ? decode(entry->bytes) : std::nullopt;
        if (record) write(*record);
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
    const auto session = static_cast<std::int64_t>(record.session);
    switch (record.kind) {
        case RecordKind::connected:
            connected_.bind(session)
                .bind(record.sender_id)
                .bind(record.name)
                .bind(peer_of_newcomer(record))
                .bind(record.at)
                .run();
            break;
        case RecordKind::renamed:
            renamed_.bind(record.name).bind(session).run();
            add_event(record, "login", record.name);
            break;
        case RecordKind::departed:
            departed_.bind(record.at).bind(chat::word_of(static_cast<LeaveReason>(record.scope))).bind(session).run();
            if (record.scope == static_cast<std::uint8_t>(LeaveReason::kicked))
                add_event(record, "kick",
                          by_operator(record) + (record.text.empty() ? "" : " reason=") + std::string(record.text));
            break;
        case RecordKind::announcement:
            add_event(record, "announce", by_operator(record) + " receivers=" + std::to_string(record.number));
            break;
        case RecordKind::forget:
            add_event(record, "forget", by_operator(record) + " client=" + std::string(record.target));
            break;
        case RecordKind::joined:
            add_event(record, "add", by_operator(record) + " room=" + std::string(record.target));
            break;
        case RecordKind::left:
            add_event(record, "remove", by_operator(record) + " room=" + std::string(record.target));
            break;
        case RecordKind::error:
            add_event(record, word_of(NoteKind::too_fast), {});
            break;
        case RecordKind::note:
            add_event(record, word_of(static_cast<NoteKind>(record.scope)), record.text);
            break;
        default:
            break;
    }
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
