// The log's rows: what each record of the queue adds to the database. The rows of a batch of records are one
// transaction; rewriting a batch from any position is idempotent.
#pragma once

#include "chat-delivery/log/chores.h"
#include "chat-delivery/log/file_log.h"
#include "chat-delivery/log/history_index.h"
#include "chat-delivery/log/kept_rows.h"
#include "chat-delivery/log/log_policies.h"
#include "chat-delivery/log/message_inserts.h"
#include "chat-delivery/log/topic_rows.h"
#include "shared/log/database.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <cstdint>
#include <vector>

namespace chat {

// SQLite integers have 63 bits, and so has the number in an outbox's commit word.
inline constexpr std::uint64_t highest_message_id = std::uint64_t{1} << 62U;

// What was kept and this record gives to its sender is still kept: the sender had been given up.
[[nodiscard]] bool is_gift_left_out(const Segment& segment, const Record& record);

// A message that was never sent: one to a single client, or one group member's copy.
struct Discarded {
    std::uint64_t id;
    std::uint64_t group_receiver = 0;  // that member's session
};

// What a session leaves at its end: messages that were never sent, and those that it was given of what had been kept.
struct Leftovers {
    std::uint64_t session = 0;
    KeptGift gift = {};
    std::vector<UnsentMessage> unsent = {};
};

// Uses one database connection. Every function may throw DatabaseError and can then be repeated on a new connection.
class MessageRows {
  public:
    MessageRows(const Segment& segment, Database& database, Chores& chores, HistoryIndex& index);

    // Writes the records from `at` on, a few thousand at most, and returns the position after the last: the cursor may
    // move there. Throws DamagedSegment for anything that cannot be a record.
    [[nodiscard]] Position write(Position at, Position head, LogPolicy policy);
    // Messages whose rows exist.
    void settle(const std::vector<Leftovers>& sessions);
    // What a record that was skipped changes of what is kept: it must be a kept message, a gift that was left out, or a
    // deletion.
    void make_up_for(const Record& record);
    [[nodiscard]] KeptRows& kept() noexcept { return kept_; }

  private:
    void mark(const Discarded& message);
    // `since`: number of the record that says so; 0: there is none.
    void settle(const Leftovers& session, std::uint64_t since);
    // The text of a message that was deleted.
    void erase(const Record& record);
    void note_lag(Microseconds oldest, std::int64_t messages);
    void insert(const Record& record, bool keep_text);
    void add_receipts(const Record& record);

    const Segment* segment_;
    Database* database_;
    Chores* chores_;
    HistoryIndex* index_;
    MessageInserts inserts_;
    FileLog files_;
    KeptRows kept_;
    TopicRows topics_;
    Statement discard_;
    Statement erase_;
    Statement add_receipt_;
    Statement discard_receipt_;
    Statement lag_;
    std::uint64_t last_;  // the highest id in the database
};

}  // namespace chat
