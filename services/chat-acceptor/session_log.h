// The acceptor's tables of the log: sessions and events. A thread follows the records that concern them and writes them
// to SQLite. The queue keeps each such record until it is in the database, so neither a crash nor a full disk loses
// one; while the database cannot be written, the acceptor continues without it. With `log.full` = "continue" the oldest
// rows are skipped before the queue is full.
#pragma once

#include "chat-acceptor/session_rows.h"
#include "shared/log/log_thread.h"
#include "shared/log/retention.h"
#include "shared/log/retention_clock.h"
#include "shared/log/skipped_rows.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"
#include "shared/system/config.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace chat {

class SessionLog final : LogWork {
  public:
    SessionLog(const Segment& segment, std::string directory, const Config& config = {}, RetentionPace pace = {});
    // Stops without waiting for what is not written yet: it stays in the queue.
    ~SessionLog() override = default;
    SessionLog(const SessionLog&) = delete;
    SessionLog& operator=(const SessionLog&) = delete;

    // The settings about how much is kept, and whether rows are skipped when they cannot be written.
    void reconfigure(const Config& config);
    [[nodiscard]] static bool concerns(const Record& record) noexcept { return SessionRows::concerns(record); }
    // A record that concerns the log begins at `position`.
    void add(Position position);
    // The position before which the queue may drop everything, given its current tail.
    [[nodiscard]] Position logged_up_to(Position tail);
    // Waits until everything is written, for a few seconds at most; false: it is not.
    bool flush() { return thread_.flush(); }
    // What is wrong with the database; empty while all is well.
    [[nodiscard]] std::string trouble() { return thread_.trouble(); }
    // True if the queue holds something that cannot be a record: the thread has ended.
    [[nodiscard]] bool has_found_damage() const noexcept { return thread_.has_found_damage(); }

  private:
    [[nodiscard]] bool is_behind() override;
    void write(const std::atomic<bool>& stopping) override;
    void close() noexcept override { rows_.reset(); }
    void on_trouble(std::chrono::milliseconds since) override;
    [[nodiscard]] std::vector<LogChore> chores(RetentionPace pace);
    [[nodiscard]] SessionRows& rows();
    [[nodiscard]] std::vector<Position> next_batch();

    const Segment* segment_;
    std::string directory_;
    std::atomic<std::int64_t> keep_days_;
    std::atomic<std::int64_t> max_mb_;
    std::atomic<bool> may_skip_;
    SkippedRows skipped_;   // the thread's
    RetentionClock clock_;  // the thread's
    std::mutex mutex_;
    std::deque<Position> pending_;     // what lies before the first is in the database
    std::optional<SessionRows> rows_;  // the thread's; empty: not opened yet, or closed after an error
    LogThread thread_;
};

}  // namespace chat
