// Operators' requests to remove a person's texts from the log (`chatctl forget`): one row per request, which exists
// once the log has passed the request's record, and small steps that carry the requests out, with messages written in
// between. After a crash the request starts again, which is idempotent. Message rows stay, with their lengths: only
// texts and file names are removed.
//
// A request is done when the bytes are gone as well: overwritten in the pages (secure_delete), free pages returned, and
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
    // Makes this connection overwrite everything that it deletes.
    explicit Forgetting(Database& database);

    // Takes a record of the kind `forget`. Call within the transaction that precedes the cursor's move.
    void add(const Record& record);
    // True while a request is pending.
    [[nodiscard]] bool is_busy() const noexcept { return busy_; }
    // Does one small step of the oldest request. Returns the request once it is done. Throws DatabaseError.
    [[nodiscard]] std::optional<Forgotten> step();
    // True if the last step met a reader that still sees the old contents. Nothing waits for it: the step is repeated.
    [[nodiscard]] bool is_held_up() const noexcept { return held_up_; }
    // The last completed request; number 0: none.
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
    std::string request_;     // number of the request in progress; empty: none
    std::size_t stage_ = 0;   // which table is being processed
    std::int64_t after_ = 0;  // its rows up to this number have been processed
};

}  // namespace chat
