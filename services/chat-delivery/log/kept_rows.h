// Messages that are kept for accounts: rows that exist until a session of the account has ended and had received them,
// or until they are too old. Sending a message never removes its row.
#pragma once

#include "chat-delivery/unsent.h"
#include "shared/log/database.h"
#include "shared/records/kept.h"
#include "shared/records/record.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <vector>

namespace chat {

// Uses the connection of the log's writer, within its transactions. Every function may throw DatabaseError and can then
// be repeated on a new connection; all are idempotent.
class KeptRows {
  public:
    explicit KeptRows(Database& database);

    // Keeps the message of this record for its receiver's account.
    void add(const Record& record);
    // Keeps a message that was never sent, if its row still has a text. `since`: number of the record that says so; 0:
    // its own.
    void add(const UnsentMessage& message, std::uint64_t since);
    // The rows of this record, which gave them to a session, never came into its outbox: they outlive its end.
    void hold(const Record& record);
    // The message is not kept any longer.
    void remove(std::uint64_t message);
    // A session has ended: what it was given is no longer kept, except what it did not receive.
    void end(const KeptGift& gift, const std::vector<UnsentMessage>& unsent);

    // Deletes some rows that are older than `keep_days` days (0: none). True: there may be more.
    [[nodiscard]] bool retain(Microseconds now, std::int64_t keep_days);

  private:
    Database* database_;
    Statement insert_;
    Statement copy_;
    Statement hold_;
    Statement given_;
    Statement remove_;
    Statement remove_old_;
};

}  // namespace chat
