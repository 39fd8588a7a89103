// How far accounts have read, and IRC clients by time: the tables seen and read_until. Belongs to the thread of the
// log.
#pragma once

#include "shared/log/database.h"
#include "shared/records/record.h"
#include "shared/records/session.h"

#include <cstdint>
#include <string>

namespace chat {

// Every function throws DatabaseError.
class SeenRows {
  public:
    explicit SeenRows(Database& database);

    // `record`: of the mark.
    void mark(const Record& record, const records::Seen& seen);
    // The first membership of an account in a place: from this id on it has not read anything.
    void begin(std::uint64_t account, const std::string& place, std::uint64_t id);
    void forget_account(std::uint64_t account);
    // What a guest has marked ends with its session.
    void forget_session(std::uint64_t session);

  private:
    Statement see_;
    Statement begin_;
    Statement read_until_;
    Statement forget_seen_;
    Statement forget_read_;
};

}  // namespace chat
