// What the log does between its messages: deleting rows that are too old, and texts that operators want forgotten. Both
// in small steps, so that messages are written in between.
#pragma once

#include "chat-delivery/log/forgetting.h"
#include "shared/log/database.h"
#include "shared/log/retention.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace chat {

// On one connection to the database. Every function throws DatabaseError, and can then be repeated on another one.
class Chores {
  public:
    // Publishes what became of the last request to forget.
    Chores(const Segment& segment, Database& database, const RetentionPace& pace);

    // A step of the deletion of what is older than `keep_days` days (0: nothing is). The time until the next one.
    [[nodiscard]] std::chrono::milliseconds retain(std::int64_t keep_days);
    // A request to forget, whose record ends at `end`: within the transaction that its cursor follows.
    void add_request(const Record& record, Position end);
    // Some steps of what is to be forgotten. The time until the next ones; empty: there are no requests.
    [[nodiscard]] std::optional<std::chrono::milliseconds> forget();

  private:
    void publish(const Forgotten& done) const;

    const Segment* segment_;
    Database* database_;
    RetentionPace pace_;
    Forgetting forgetting_;
    Position sessions_wanted_;  // sessions up to this one have to be in the database before any is looked for
    Retention old_messages_;
    Retention old_files_;
};

}  // namespace chat
