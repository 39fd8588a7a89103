// Delivery's log: messages, files and requests to forget, as rows of the database. A thread follows the queue with its
// own cursor (`logged`) and never delays delivery. After a crash it resumes at the highest id in the database, so that
// each message is logged once. While the database cannot be written, the cursor stays, and the queue keeps the records.
// With `log.full` = "continue" the oldest rows are skipped before the queue is full.
#pragma once

#include "chat-delivery/log/log_policies.h"
#include "chat-delivery/log/message_rows.h"
#include "shared/log/log_thread.h"
#include "shared/log/retention.h"
#include "shared/log/retention_clock.h"
#include "shared/log/skipped_rows.h"
#include "shared/memory/segment.h"
#include "shared/system/config.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chat {

class MessageLog final : LogWork {
  public:
    MessageLog(const Segment& segment, std::string directory, const Config& config, RetentionPace pace = {});
    // Stops without waiting for unwritten records: they stay in the queue.
    ~MessageLog() override;
    MessageLog(const MessageLog&) = delete;
    MessageLog& operator=(const MessageLog&) = delete;

    // Delivery calls this after moving the head: there is something to log. Costs nothing while the thread is busy.
    void nudge() { thread_.nudge(); }
    // Delivery calls this when much is pending, so that the thread does not gather.
    void hurry() { thread_.hurry(); }
    // Records that must be read even if the log has no messages: about files and what is kept for accounts, and
    // requests to forget and deletions.
    [[nodiscard]] static bool always_concerns(const Record& record) noexcept;
    // Delivery calls this before it moves the head past such a record, which ends here.
    void expect(Position end) noexcept { wanted_up_to_ = end; }
    // Waits a few seconds at most until everything fanned out is written; false: it is not.
    bool flush() { return thread_.flush(); }
    // Delivery: what to keep of the messages that it fans out from now on.
    void reconfigure(const Config& config);
    // Writes what sessions leave into the database, after everything fanned out is written: for the end of the service,
    // when no further record will say so. Waits like flush().
    bool settle(std::vector<Leftovers> sessions);
    // The current database error; empty if there is none.
    [[nodiscard]] std::string trouble() { return thread_.trouble(); }
    // What to add to the service's status; empty while all is well.
    [[nodiscard]] std::string status();
    // True if the queue holds something that cannot be a record: the thread has rung the doorbell and ended.
    [[nodiscard]] bool has_found_damage() const noexcept { return thread_.has_found_damage(); }

  private:
    struct Connection;
    [[nodiscard]] bool is_behind() override;
    void write(const std::atomic<bool>& stopping) override;
    void close() noexcept override;
    void on_trouble(std::chrono::milliseconds since) override;
    void on_damage() noexcept override;
    [[nodiscard]] std::vector<LogChore> chores();
    [[nodiscard]] Connection& connection();
    void write_pending(const std::atomic<bool>& stopping);
    void write_records(const std::atomic<bool>& stopping);
    void make_up_for_skipping();
    [[nodiscard]] std::chrono::milliseconds retain();
    [[nodiscard]] std::vector<Leftovers> to_settle();

    const Segment* segment_;
    std::string directory_;
    RetentionPace pace_;
    LogPolicies policies_;
    std::atomic<std::int64_t> keep_days_;
    std::atomic<std::int64_t> max_mb_;
    std::atomic<bool> may_skip_;
    // The thread's: rows that were skipped; and among them requests to forget, deletions, messages to keep, and gifts
    // that were left out, each with the position after it.
    SkippedRows skipped_;
    RetentionClock clock_;
    std::vector<std::pair<std::vector<std::byte>, Position>> requests_;
    std::atomic<Position> wanted_up_to_;  // if no messages are kept, nothing after this need be read
    std::uint64_t end_files_before_;      // the thread's: files of earlier segments are below it; 0: all ended
    std::mutex mutex_;
    std::vector<Leftovers> to_settle_;
    std::unique_ptr<Connection> connection_;  // the thread's; empty: not yet opened, or closed after an error
    LogThread thread_;
};

}  // namespace chat
