// The log's rows: what each record of the queue adds to the database. The rows of a batch of records are one
// transaction; writing a batch again, from any place on, changes nothing.
#pragma once

#include "chat-delivery/log/chores.h"
#include "chat-delivery/log/file_log.h"
#include "chat-delivery/log/keepings.h"
#include "shared/log/database.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <cstdint>
#include <vector>

namespace chat {

// SQLite has 63 bits, and so has an outbox's commit.
inline constexpr std::uint64_t highest_message_id = std::uint64_t{1} << 62U;

// A message that was never sent: the one to a single client, or the copy of one member of a group.
struct Discarded {
    std::uint64_t id;
    std::uint64_t group_receiver = 0;  // session of that member
};

// On one connection to the database. Every function throws DatabaseError, and can then be repeated on another one.
class MessageRows {
  public:
    MessageRows(const Segment& segment, Database& database, Chores& chores);

    // Writes the records from `at` on, some thousand at most, and returns the position after the last: that is where
    // the cursor may move. Throws DamagedSegment for what cannot be a record.
    [[nodiscard]] Position write(Position at, Position head, Keeping keeping);
    // Marks messages whose rows are there.
    void discard(const std::vector<Discarded>& messages);

  private:
    void mark(const Discarded& message);
    void mark_unsent(const Record& closed);
    void note_lag(Microseconds oldest, std::int64_t messages);
    void insert(const Record& record, bool keep_text);
    void add_receipts(const Record& record);

    const Segment* segment_;
    Database* database_;
    Chores* chores_;
    Statement insert_;
    FileLog files_;
    Statement discard_;
    Statement add_receipt_;
    Statement discard_receipt_;
    Statement lag_;
    std::uint64_t last_;  // the highest id in the database
};

}  // namespace chat
