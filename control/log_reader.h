// Reads messages from the log's database, which the server may be writing. It works on the tables rather than on the
// view message_log, so that a database that a server of release 0.1 has open can be read, too.
#pragma once

#include "shared/system/varlink.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

struct sqlite3;

namespace chat {

// Which messages. All conditions must hold.
struct MessageFilter {
    std::optional<std::int64_t> since;  // microseconds since 1970, UTC
    std::optional<std::string> room;    // a room's name or a group's number, without a sign before it
    std::optional<std::string> person;  // name or id: what they sent, and what was sent to them or to a group with them
    std::optional<std::uint64_t> last;  // only the newest ones
};

class LogReader {
  public:
    // Opens the database for reading only. Throws Failure.
    explicit LogReader(const std::string& path);
    ~LogReader();
    LogReader(const LogReader&) = delete;
    LogReader& operator=(const LogReader&) = delete;

    // Calls `take` with each message, oldest first: an object with the columns of the view message_log. It is read in
    // pieces, and a piece at a time keeps the server's write-ahead log from being emptied. Throws Failure.
    void read(const MessageFilter& filter, const std::function<void(const Json&)>& take);

  private:
    [[noreturn]] void fail();
    [[nodiscard]] bool has_column(const std::string& name);
    std::string path_;
    sqlite3* handle_ = nullptr;
};

}  // namespace chat
