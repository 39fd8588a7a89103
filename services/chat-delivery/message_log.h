// The rows of messages and of files. A thread behind its own cursor on the queue (`logged`): it never holds up
// delivery, writes what is there as one transaction, and after a crash goes on from the highest id in the database, so
// that each message is logged once; rows that are too old are deleted in between, and texts that an operator wants
// forgotten. While the database cannot be written it tries again; the cursor stays, and the queue keeps the records.
#pragma once

#include "shared/config.h"
#include "shared/retention.h"
#include "shared/segment.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace chat {

// A message that never left: the one to a single client, or the copy of one member of a group.
struct Discarded {
    std::uint64_t id;
    std::uint64_t group_receiver = 0;  // session of that member
};

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
    // Delivery, before it moves the head past it: the record that ends here is about a file, or asks to forget. It is
    // not to be passed over, also where no messages are kept.
    void expect(Position end) noexcept { wanted_up_to_ = end; }
    // Waits until all that is fanned out is written, for some seconds at most; false: it is not.
    bool flush();
    // Delivery: what to keep of the messages that it fans out from now on.
    void reconfigure(const Config& config);
    // Marks direct messages as discarded, in the database, after all that is fanned out: for the end of the service,
    // when no record will say it any more. Waits like flush().
    bool discard(std::vector<Discarded> messages);
    // What is wrong with the database; empty while all is well.
    [[nodiscard]] std::string trouble();
    // The queue holds what cannot be a record: this thread has rung the doorbell and ended.
    [[nodiscard]] bool has_found_damage() const noexcept { return damaged_; }

  private:
    class Writer;
    // What is kept of the records from a position on.
    struct Keeping {
        Position from;
        bool messages;
        bool text;
    };
    static constexpr std::size_t most_keepings = 64;
    void run();
    [[nodiscard]] Writer& writer_for(std::unique_ptr<Writer>& writer) const;
    void write_all(std::unique_ptr<Writer>& writer);
    // What is kept at a position, and up to which this holds, at most `head`.
    [[nodiscard]] std::pair<Keeping, Position> keeping_at(Position at, Position head);
    [[nodiscard]] bool is_behind() const noexcept;
    [[nodiscard]] bool is_done() const noexcept { return damaged_ || (!is_behind() && to_discard_.empty()); }

    const Segment* segment_;
    std::string directory_;
    std::vector<Keeping> keepings_;  // in order: the first holds where the thread is, the others wait for it
    std::atomic<std::int64_t> keep_days_;
    RetentionPace pace_;
    std::atomic<Position> wanted_up_to_;  // where no messages are kept, nothing after this has to be read
    std::uint64_t end_files_before_;  // the thread's: files of earlier segments are below it; 0: they have their end
    bool forgetting_ = true;          // the thread's: there may be requests in the database
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string trouble_;
    std::vector<Discarded> to_discard_;
    std::atomic<bool> damaged_ = false;
    std::atomic<bool> idle_ = false;
    bool hurrying_ = false;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace chat
