// What the log does between messages: it deletes rows that are too old, and texts that operators ask to forget. Both
// work in small steps, so that messages are written in between.
#pragma once

#include "chat-delivery/log/forgetting.h"
#include "chat-delivery/log/room_retention.h"
#include "shared/log/database.h"
#include "shared/log/retention.h"
#include "shared/log/size_limit.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace chat {

// Uses one database connection. Every function may throw DatabaseError and can then be repeated on a new connection.
class Chores {
  public:
    // Publishes the outcome of the last request to forget.
    Chores(const Segment& segment, Database& database, const RetentionPace& pace);

    // One step of deleting rows older than `keep_days` days (0: none). Returns the time until the next step.
    [[nodiscard]] std::chrono::milliseconds retain(std::int64_t keep_days);
    // The same for the oldest rows while the database has more than `max_mb` megabytes (0: no limit).
    [[nodiscard]] std::chrono::milliseconds limit_size(std::int64_t max_mb);
    // Adds a request to forget, whose record ends at `end`. Call within the transaction that precedes the cursor's
    // move.
    void add_request(const Record& record, Position end);
    // A text was deleted: the write-ahead log may still hold it.
    void add_deletion() noexcept { must_wipe_ = true; }
    // Empties the write-ahead log after deletions. Returns the time until the next step; empty: there were none.
    [[nodiscard]] std::optional<std::chrono::milliseconds> wipe();
    // Some steps of forgetting. Returns the time until the next steps; empty: there are no requests.
    [[nodiscard]] std::optional<std::chrono::milliseconds> forget();

  private:
    void publish(const Forgotten& done) const;

    const Segment* segment_;
    Database* database_;
    RetentionPace pace_;
    Forgetting forgetting_;
    bool must_wipe_ = true;     // an earlier process may have deleted a text and died
    Position sessions_wanted_;  // sessions up to here must be in the database before the search
    Retention old_messages_;
    Retention old_files_;
    Retention old_topics_;
    RoomRetention old_of_rooms_;
    SizeLimit size_limit_;
};

}  // namespace chat
