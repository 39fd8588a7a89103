// Rows that a log has skipped, because it could not be written and the chat was not to wait for it (`log.full` =
// "continue"). Two words of shared memory have their number until a row of the table `event` does.
#pragma once

#include "shared/log/database.h"
#include "shared/memory/queue.h"

#include <cstdint>
#include <optional>

namespace chat {

class SkippedRows {
  public:
    // `log`: for people, "messages" or "sessions".
    SkippedRows(SharedWord& rows, SharedWord& last, const char* log) noexcept : rows_(&rows), last_(&last), log_(log) {}

    // Skipping begins when the records that are not logged take half of the queue, and ends at a quarter. Empty: not
    // yet; otherwise every record before this position may be skipped.
    [[nodiscard]] static std::optional<Position> end_of_skipping(Position logged, Position tail, std::size_t queue) {
        return tail - logged > queue / 2 ? std::optional(tail - queue / 4) : std::nullopt;
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return rows_->load(std::memory_order_relaxed); }
    // `last`: the number of the last record among them. Call before the cursor moves.
    void add(std::uint64_t rows, std::uint64_t last) noexcept;
    // Adds the row about them, and counts from zero again. Throws DatabaseError.
    void report(Database& database);

  private:
    SharedWord* rows_;
    SharedWord* last_;
    const char* log_;
};

}  // namespace chat
