// Deletes messages and topics of rooms for which an operator has set how many days they are kept: one block of the
// index, or some hundred topics, at a time.
#pragma once

#include "shared/log/database.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <string>

namespace chat {

class RoomRetention {
  public:
    explicit RoomRetention(Database& database);

    // Deletes what is too old at this time. True: there may be more. Throws DatabaseError.
    [[nodiscard]] bool step(Microseconds now);

  private:
    // False: no topic of this room is too old any more.
    [[nodiscard]] bool remove_topics(const std::string& room, Microseconds cutoff);
    Database* database_;
    Statement rooms_;
    Statement block_;
    Statement next_;
    Statement remove_message_;
    Statement remove_block_;
    Statement any_topic_;
    Statement remove_topics_;
    Statement newest_topic_;
    Statement forget_topic_;
    std::int64_t room_ = 0;   // its row; its blocks are being looked at
    std::int64_t after_ = 0;  // those that begin up to here have been
};

}  // namespace chat
