// The rows of messages. A thread behind its own cursor on the queue (`logged`): it never holds up delivery, writes what
// is there as one transaction, and after a crash goes on from the highest id in the database, so that each message is
// logged once; rows that are too old are deleted in between. While the database cannot be written it tries again; the
// cursor stays, and the queue keeps the records.
#pragma once

#include "shared/config.h"
#include "shared/retention.h"
#include "shared/segment.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace chat {

class MessageLog {
  public:
    MessageLog(const Segment& segment, std::string directory, const Config& config, RetentionPace pace = {});
    // Stops without waiting for what is not written yet: it stays in the queue.
    ~MessageLog();
    MessageLog(const MessageLog&) = delete;
    MessageLog& operator=(const MessageLog&) = delete;

    // Delivery: there is something to log. Costs nothing while the thread is at work.
    void nudge();
    // Delivery: so much is waiting that the thread should not wait for its time.
    void hurry();
    // Waits until all that is fanned out is written, for some seconds at most; false: it is not.
    bool flush();
    // What to keep of the messages from now on.
    void reconfigure(const Config& config) noexcept;
    // What is wrong with the database; empty while all is well.
    [[nodiscard]] std::string trouble();

  private:
    class Writer;
    void run();
    [[nodiscard]] bool is_behind() const noexcept;

    const Segment* segment_;
    std::string directory_;
    std::atomic<bool> keep_messages_;
    std::atomic<bool> keep_text_;
    std::atomic<std::int64_t> keep_days_;
    RetentionPace pace_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string trouble_;
    std::atomic<bool> idle_ = false;
    bool hurrying_ = false;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace chat
