// The acceptor's tables of the log: sessions and events. A thread follows the records that concern them and writes them
// to SQLite; writing one again changes nothing. The queue keeps each such record until it is in the database, so
// neither a crash nor a full disk loses one: while the database cannot be written, this tries again and the rest goes
// on.
#pragma once

#include "shared/database.h"
#include "shared/record.h"
#include "shared/retention.h"
#include "shared/segment.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace chat {

class SessionLog {
  public:
    // keep_days: of sessions and events; 0 = for ever.
    SessionLog(const Segment& segment, std::string directory, std::int64_t keep_days = 0, RetentionPace pace = {});
    // Stops without waiting for what is not written yet: it stays in the queue.
    ~SessionLog();
    SessionLog(const SessionLog&) = delete;
    SessionLog& operator=(const SessionLog&) = delete;

    void keep(std::int64_t days) noexcept { keep_days_ = days; }
    [[nodiscard]] static bool concerns(const Record& record) noexcept;
    // A record that concerns the log begins at `position`.
    void add(Position position);
    // The queue may forget what lies before this, given where it ends now.
    [[nodiscard]] Position logged_up_to(Position tail);
    // Waits until all is written, for some seconds at most; false: it is not.
    bool flush();
    // What is wrong with the database; empty while all is well.
    [[nodiscard]] std::string trouble();

  private:
    class Writer;
    void run();

    const Segment* segment_;
    std::string directory_;
    std::atomic<std::int64_t> keep_days_;
    RetentionPace pace_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Position> pending_;
    std::string trouble_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace chat
