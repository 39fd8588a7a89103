// The index of history: for each room, for each two accounts that write to each other, and for each account and the
// name of a guest, the ids of the messages, in blocks. Blocks are written behind the log, for thousands of rows at
// once, because that costs a fraction of an index that follows each row. What is not indexed yet is found by a search
// through the newest rows.
//
// A block and the mark of how far the index goes are written in one transaction. After a crash the rows above the mark
// are read again.
#pragma once

#include "shared/log/database.h"
#include "shared/records/record.h"
#include "shared/text/text_rules.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

class HistoryIndex {
  public:
    // Uses the connection of the log's writer. Every function may throw DatabaseError and can then be repeated on a new
    // connection.
    explicit HistoryIndex(Database& database);

    // A row is inserted for this record. Rows come in the order of their ids.
    void add(const Record& record);
    // All rows up to this id are committed. Writes blocks if many rows are waiting for that.
    void follow(std::uint64_t last);

    // Indexes rows that an earlier process has left, some thousands at a time, or writes what has waited for some
    // seconds. Returns the time until the next step; empty: there is nothing to do.
    [[nodiscard]] std::optional<std::chrono::milliseconds> step();
    // Removes blocks of messages that no longer exist, some at a time. True: there may be more.
    [[nodiscard]] bool clean();

  private:
    using Clock = std::chrono::steady_clock;
    using Ids = std::vector<std::uint64_t>;
    using Accounts = std::pair<std::uint64_t, std::uint64_t>;  // the lower one first
    using WithGuest = std::pair<std::uint64_t, std::string>;   // an account, and a name in lower case

    void add_to_room(std::string_view name, std::uint64_t id);
    void add_to_talk(std::uint64_t account, std::uint64_t other, std::uint64_t id);
    // Someone without an account is known by their name.
    void add_direct(std::uint64_t sender, std::string_view sender_name, std::uint64_t receiver,
                    std::string_view receiver_name, std::uint64_t id);
    [[nodiscard]] bool catch_up();
    void write(std::uint64_t up_to);
    void write_blocks(std::int64_t place, const Ids& ids);
    [[nodiscard]] std::int64_t place_of(std::string_view kind, std::string_view name);

    Database* database_;
    Statement rows_;
    Statement add_place_;
    Statement add_correspondent_;
    Statement find_place_;
    Statement add_block_;
    Statement move_mark_;
    Statement clean_;
    Statement forget_places_;
    bool follows_ = false;  // the rows above the mark are those that were added here
    std::uint64_t indexed_;
    std::uint64_t last_;  // committed
    Clock::time_point waiting_since_;
    std::size_t waiting_ = 0;  // ids
    ByName<Ids> rooms_;
    std::map<Accounts, Ids> talks_;
    std::map<WithGuest, Ids> with_guests_;
    std::int64_t cleaned_ = 0;     // places up to this one have been cleaned in this pass
    std::int64_t cleaned_to_ = 0;  // lowest message at the last complete pass
};

}  // namespace chat
