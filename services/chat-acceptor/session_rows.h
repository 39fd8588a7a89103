// The rows of sessions and events: what each relevant record changes in the database. Writing a record is idempotent.
#pragma once

#include "chat-acceptor/seen_rows.h"
#include "shared/log/database.h"
#include "shared/log/retention.h"
#include "shared/log/size_limit.h"
#include "shared/log/skipped_rows.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// A connection to the database. Every function throws DatabaseError; the call can then be repeated on another
// connection.
class SessionRows {
  public:
    explicit SessionRows(const std::string& directory);

    [[nodiscard]] static bool concerns(const Record& record) noexcept;
    // Writes the records at these positions as one transaction.
    void write(const Segment& segment, const std::vector<Position>& positions);
    // One step of deleting what is older than `keep_days` days (0: nothing is). True: there may be more.
    [[nodiscard]] bool retain(std::int64_t keep_days);
    // The same for what exceeds `max_mb` megabytes.
    [[nodiscard]] bool limit_size(std::int64_t max_mb) { return size_limit_.step(max_mb); }
    // Adds the event about rows that were skipped.
    void report(SkippedRows& skipped) { skipped.report(database_); }

  private:
    void write(const Record& record);
    void write_session(const Record& record);
    void write_room_event(const Record& record);
    void write_operator_event(const Record& record);
    void write_room(const Record& record);
    void add_event(const Record& record, std::string_view kind, std::string_view detail);

    Database database_;
    Statement connected_;
    Statement renamed_;
    Statement departed_;
    Statement event_;
    Statement set_room_;
    SeenRows seen_{database_};
    Retention old_sessions_{database_, Retention::Table::sessions};
    Retention old_events_{database_, Retention::Table::events};
    SizeLimit size_limit_{database_, SizeLimit::Writer::acceptor};
};

}  // namespace chat
