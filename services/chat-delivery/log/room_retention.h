// Deletes messages of rooms for which an operator has set how many days they are kept, one block of the index at a
// time.
#pragma once

#include "shared/log/database.h"
#include "shared/system/clock.h"

#include <cstdint>

namespace chat {

class RoomRetention {
  public:
    explicit RoomRetention(Database& database);

    // Deletes messages that are too old at this time. True: there may be more. Throws DatabaseError.
    [[nodiscard]] bool step(Microseconds now);

  private:
    Database* database_;
    Statement rooms_;
    Statement block_;
    Statement next_;
    Statement remove_message_;
    Statement remove_block_;
    Statement any_topic_;
    Statement remove_topics_;
    std::int64_t place_ = 0;  // its blocks are being looked at
    std::int64_t after_ = 0;  // those that begin up to here have been
};

}  // namespace chat
