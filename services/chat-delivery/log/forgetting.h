// Requests of operators to remove a person's texts from the log (`chatctl forget`): one row for each, which is there as
// soon as the log has passed the request's record, and steps that do what the rows ask for. A step is small, so that
// messages are written in between. After a crash in the middle the request begins again, which is idempotent. Rows of
// messages stay, with their lengths: what is removed is text, and the names of files.
//
// A request is done when the bytes are gone too: overwritten in the pages (secure_delete), free pages given back, and
// the write-ahead log emptied.
#pragma once

#include "shared/log/database.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace chat {

struct Forgotten {
    std::uint64_t number = 0;  // of the request
    ForgetOutcome outcome = ForgetOutcome::removed;
    std::uint64_t sessions = 0;
    std::uint64_t messages = 0;
    std::uint64_t files = 0;
};

class Forgetting {
  public:
    // Sets what overwrites removed bytes, for everything that this connection deletes.
    explicit Forgetting(Database& database);

    // A record of the kind `forget`, within the transaction that its cursor follows.
    void add(const Record& record);
    // True while there is a request that is not done.
    [[nodiscard]] bool is_busy() const noexcept { return busy_; }
    // Does a little of the oldest request. Returns the request once it is done. Throws DatabaseError.
    [[nodiscard]] std::optional<Forgotten> step();
    // The last step found a reader that still sees what was there before. Nothing waits for it: the step is repeated.
    [[nodiscard]] bool is_held_up() const noexcept { return held_up_; }
    // The last request that is done; number 0: none.
    [[nodiscard]] Forgotten last_done();

  private:
    void begin();
    [[nodiscard]] bool walk();
    [[nodiscard]] bool clean();
    [[nodiscard]] Forgotten finish(ForgetOutcome outcome);
    [[nodiscard]] ForgetOutcome outcome_so_far();
    [[nodiscard]] std::uint64_t number_of(const std::string& query);
    [[nodiscard]] Forgotten row(std::uint64_t number);

    Database* database_;
    bool busy_;
    bool held_up_ = false;
    std::string request_;     // number of the one that is being worked on; empty: none
    std::size_t stage_ = 0;   // which table is gone through
    std::int64_t after_ = 0;  // rows of it up to this number have been looked at
};

}  // namespace chat
