// Delivery's log: messages, files and requests to forget, as rows of the database. A thread follows the queue with a
// cursor of its own (`logged`) and never holds delivery up. After a crash it resumes at the highest id in the database,
// so that each message is logged once. While the database cannot be written the cursor stays, and the queue keeps the
// records.
#pragma once

#include "chat-delivery/log/keepings.h"
#include "chat-delivery/log/message_rows.h"
#include "shared/log/log_thread.h"
#include "shared/log/retention.h"
#include "shared/memory/segment.h"
#include "shared/system/config.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace chat {

class MessageLog final : LogWork {
  public:
    MessageLog(const Segment& segment, std::string directory, const Config& config, RetentionPace pace = {});
    // Stops without waiting for what is not written yet: it stays in the queue.
    ~MessageLog() override;
    MessageLog(const MessageLog&) = delete;
    MessageLog& operator=(const MessageLog&) = delete;

    // Delivery, after it has moved the head: there is something to log. Costs nothing while the thread is at work.
    void nudge() { thread_.nudge(); }
    // Delivery: much is waiting, so the thread should not gather.
    void hurry() { thread_.hurry(); }
    // Delivery, before it moves the head past it: the record that ends here is about a file, or a request to forget. It
    // must not be skipped, also where no messages are kept.
    void expect(Position end) noexcept { wanted_up_to_ = end; }
    // Waits until all that is fanned out is written, for some seconds at most; false: it is not.
    bool flush() { return thread_.flush(); }
    // Delivery: what to keep of the messages that it fans out from now on.
    void reconfigure(const Config& config);
    // Marks messages as discarded, in the database, after all that is fanned out: for the end of the service, when no
    // record will say it any more. Waits like flush().
    bool discard(std::vector<Discarded> messages);
    // What is wrong with the database; empty while all is well.
    [[nodiscard]] std::string trouble() { return thread_.trouble(); }
    // The queue holds what cannot be a record: the thread has rung the doorbell and ended.
    [[nodiscard]] bool has_found_damage() const noexcept { return thread_.has_found_damage(); }

  private:
    struct Connection;
    [[nodiscard]] bool is_behind() override;
    void write(const std::atomic<bool>& stopping) override;
    void close() noexcept override;
    void on_damage() noexcept override;
    [[nodiscard]] std::vector<LogChore> chores();
    [[nodiscard]] Connection& connection();
    void write_records(const std::atomic<bool>& stopping);
    [[nodiscard]] std::vector<Discarded> to_discard();

    const Segment* segment_;
    std::string directory_;
    RetentionPace pace_;
    Keepings keepings_;
    std::atomic<std::int64_t> keep_days_;
    std::atomic<Position> wanted_up_to_;  // where no messages are kept, nothing after this has to be read
    std::uint64_t end_files_before_;  // the thread's: files of earlier segments are below it; 0: they have their end
    std::mutex mutex_;
    std::vector<Discarded> to_discard_;
    std::unique_ptr<Connection> connection_;  // the thread's; empty: there is none yet, or it was closed after an error
    LogThread thread_;
};

}  // namespace chat
