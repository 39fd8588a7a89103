// Retention, and the schedule of forgetting.
#include "chat-delivery/log/chores.h"

#include "shared/system/clock.h"
#include "shared/system/journal.h"

#include <string>

namespace chat {
namespace {

constexpr std::chrono::milliseconds forgetting_time{10};  // per turn, before messages are written again

void journal_request(const Forgotten& done) {
    const std::string request = std::to_string(done.number);
    journal(Priority::notice, "forgotten",
            "Request " + request + " to forget was completed: " + std::to_string(done.messages) + " texts and " +
                std::to_string(done.files) + " file names of " + std::to_string(done.sessions) + " sessions" +
                (done.outcome == ForgetOutcome::ambiguous ? ", because it is ambiguous" : ""),
            {{"CHAT_REQUEST", request}});
}

}  // namespace

Chores::Chores(const Segment& segment, Database& database, const RetentionPace& pace)
    : segment_(&segment),
      database_(&database),
      pace_(pace),
      forgetting_(database),
      sessions_wanted_(segment.words().head.load(std::memory_order_acquire)),
      old_messages_(database, Retention::Table::messages),
      old_files_(database, Retention::Table::files),
      old_topics_(database, Retention::Table::topics),
      old_of_rooms_(database),
      size_limit_(database, SizeLimit::Writer::delivery) {
    publish(forgetting_.last_done());
}

std::chrono::milliseconds Chores::retain(std::int64_t keep_days) {
    const Microseconds now = wall_clock();
    return pace_.after_step(old_messages_.step(now, keep_days) || old_files_.step(now, keep_days) ||
                            old_topics_.step(now, keep_days) || old_of_rooms_.step(now) ||
                            release_free_pages(*database_));
}

std::chrono::milliseconds Chores::limit_size(std::int64_t max_mb) {
    return pace_.after_check(size_limit_.step(max_mb), max_mb);
}

void Chores::add_request(const Record& record, Position end) {
    forgetting_.add(record);
    sessions_wanted_ = end;
}

std::optional<std::chrono::milliseconds> Chores::wipe() {
    if (!must_wipe_) return std::nullopt;
    must_wipe_ = !database_->empty_write_ahead_log();
    return pace_.held_up;
}

std::optional<std::chrono::milliseconds> Chores::forget() {
    if (!forgetting_.is_busy()) return std::nullopt;
    // The acceptor writes sessions: the person's must be in the database before the search.
    if (segment_->words().sessions_logged.load(std::memory_order_acquire) < sessions_wanted_) return pace_.held_up;
    const auto end = std::chrono::steady_clock::now() + forgetting_time;
    std::optional<Forgotten> done;
    do done = forgetting_.step();
    while (!done && forgetting_.is_busy() && !forgetting_.is_held_up() && std::chrono::steady_clock::now() < end);
    if (done) {
        publish(*done);
        journal_request(*done);
    }
    return forgetting_.is_held_up() ? pace_.held_up : pace_.forgetting;
}

// The acceptor reads the number first and last: if it is not 0 and unchanged, the values read in between belong to it.
void Chores::publish(const Forgotten& done) const {
    QueueWords& words = segment_->words();
    words.forgotten.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    words.forgotten_outcome.store(static_cast<std::uint64_t>(done.outcome), std::memory_order_relaxed);
    words.forgotten_sessions.store(done.sessions, std::memory_order_relaxed);
    words.forgotten_messages.store(done.messages, std::memory_order_relaxed);
    words.forgotten_files.store(done.files, std::memory_order_relaxed);
    words.forgotten.store(done.number, std::memory_order_release);
}

}  // namespace chat
