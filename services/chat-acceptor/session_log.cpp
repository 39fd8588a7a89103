// The thread that writes session and event rows.
#include "chat-acceptor/session_log.h"

#include "shared/crash_point.h"
#include "shared/records/answer.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/session.h"
#include "shared/retention.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

namespace chat {
namespace {

constexpr std::size_t rows_a_transaction = 4096;
constexpr std::chrono::milliseconds gather_time{50};
constexpr std::chrono::milliseconds retry_pause{500};
constexpr std::chrono::seconds flush_time{5};

std::string_view word_of(NoteKind kind) noexcept {
    return kind == NoteKind::refused ? "refused" : "too-fast";
}

std::string by_operator(const Record& record) {
    return "uid=" + std::to_string(record.value);
}

}  // namespace

// A connection to the database with its statements.
class SessionLog::Writer {
  public:
    explicit Writer(const std::string& directory)
        : database_(directory),
          connected_(database_,
                     "INSERT OR IGNORE INTO session (session, client_id, name, peer, connected_at)"
                     " VALUES (?, ?, ?, ?, ?)"),
          renamed_(database_, "UPDATE session SET name = ? WHERE session = ?"),
          departed_(database_, "UPDATE session SET ended_at = ?, reason = ? WHERE session = ?"),
          event_(database_, "INSERT OR IGNORE INTO event (event, at, session, kind, detail) VALUES (?, ?, ?, ?, ?)") {}

    void write(const Segment& segment, const std::vector<Position>& positions) {
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

    // A step of the deletion of what is too old; true: there may be more.
    [[nodiscard]] bool retain(std::int64_t keep_days) {
        const Microseconds now = wall_clock();
        return old_events_.step(now, keep_days) || old_sessions_.step(now, keep_days);
    }

  private:
    void write(const Record& record) {
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
                departed_.bind(record.at)
                    .bind(chat::word_of(static_cast<LeaveReason>(record.scope)))
                    .bind(session)
                    .run();
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

    void add_event(const Record& record, std::string_view kind, std::string_view detail) {
        event_.bind(static_cast<std::int64_t>(record.sequence)).bind(record.at);
        if (record.session != 0)
            event_.bind(static_cast<std::int64_t>(record.session));
        else
            event_.bind_null();
        event_.bind(kind).bind(detail).run();
    }

    Database database_;
    Statement connected_;
    Statement renamed_;
    Statement departed_;
    Statement event_;
    Retention old_sessions_{database_, Retention::Table::sessions};
    Retention old_events_{database_, Retention::Table::events};
};

SessionLog::SessionLog(const Segment& segment, std::string directory, std::int64_t keep_days, RetentionPace pace)
    : segment_(&segment), directory_(std::move(directory)), keep_days_(keep_days), pace_(pace), thread_([this] {
          run();
      }) {}

SessionLog::~SessionLog() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool SessionLog::concerns(const Record& record) noexcept {
    return record.kind == RecordKind::connected || record.kind == RecordKind::renamed ||
           record.kind == RecordKind::departed || record.kind == RecordKind::announcement ||
           record.kind == RecordKind::forget || record.kind == RecordKind::note || record.has(record_flag::noted) ||
           record.has(record_flag::by_operator);
}

void SessionLog::add(Position position) {
    const std::lock_guard lock(mutex_);
    pending_.push_back(position);
    if (pending_.size() == 1) changed_.notify_all();
}

Position SessionLog::logged_up_to(Position tail) {
    const std::lock_guard lock(mutex_);
    return pending_.empty() ? tail : pending_.front();
}

bool SessionLog::flush() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, flush_time, [this] { return pending_.empty(); });
}

std::string SessionLog::trouble() {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void SessionLog::run() {
    ::pthread_setname_np(::pthread_self(), "session-log");
    std::unique_ptr<Writer> writer;
    auto retention_due = std::chrono::steady_clock::now() + pace_.first;
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait_until(lock, retention_due, [this] { return stopping_ || !pending_.empty(); });
        // What comes together is written together.
        if (!stopping_ && !pending_.empty()) changed_.wait_for(lock, gather_time, [this] { return stopping_; });
        if (stopping_) return;
        const auto count = std::min(pending_.size(), rows_a_transaction);
        const std::vector<Position> batch(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
        lock.unlock();
        std::string trouble;
        try {
            if (!writer) writer = std::make_unique<Writer>(directory_);
            if (!batch.empty()) writer->write(*segment_, batch);
            if (std::chrono::steady_clock::now() >= retention_due) {
                const bool more = writer->retain(keep_days_);
                retention_due = std::chrono::steady_clock::now() + (more ? pace_.pause : pace_.rest);
            }
        } catch (const DatabaseError& error) {
            trouble = error.what();
            writer.reset();
        }
        lock.lock();
        trouble_ = trouble;
        if (trouble.empty()) {
            pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
            changed_.notify_all();
        } else {
            changed_.wait_for(lock, retry_pause, [this] { return stopping_; });
        }
    }
}

}  // namespace chat
