// Topics of rooms: a row for each that was set or cleared, for pages of history that show them.
#pragma once

#include "shared/log/database.h"
#include "shared/records/record.h"

namespace chat {

// Uses the connection of the log's writer, within its transactions.
class TopicRows {
  public:
    explicit TopicRows(Database& database);

    // Adds the row of this record, which must be a topic; idempotent. Throws DatabaseError.
    void add(const Record& record, bool keep_text);

  private:
    Statement insert_;
};

}  // namespace chat
