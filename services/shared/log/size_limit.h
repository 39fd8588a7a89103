// Keeps the database below `log.max_mb`: deletes the oldest rows of all tables, in small batches. All numbers are from
// one series, so the lowest are the oldest. Each table's writer deletes its own rows; what the other one has to delete
// first is left to it. The newest row of each table always stays, as do open sessions and files.
#pragma once

#include "shared/log/database.h"

#include <cstdint>
#include <string>

namespace chat {

class SizeLimit {
  public:
    enum class Writer : std::uint8_t { delivery, acceptor };
    SizeLimit(Database& database, Writer writer) noexcept : database_(&database), writer_(writer) {}

    // If the database has more than `max_mb` megabytes (0: no limit), deletes some rows and returns some space to the
    // file system. True: there may be more to do. Throws DatabaseError; then the whole step is undone.
    [[nodiscard]] bool step(std::int64_t max_mb);

  private:
    [[nodiscard]] std::int64_t number(const std::string& query);
    [[nodiscard]] bool remove_oldest();

    Database* database_;
    Writer writer_;
    bool must_shorten_ = false;  // what was deleted is still in the write-ahead log
};

}  // namespace chat
