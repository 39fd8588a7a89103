// Counting and the event's row.
#include "shared/log/skipped_rows.h"

#include "shared/system/clock.h"

#include <string>

namespace chat {

void SkippedRows::add(std::uint64_t rows, std::uint64_t last) noexcept {
    last_->store(last, std::memory_order_relaxed);
    rows_->store(count() + rows, std::memory_order_release);
}

// The event gets the number of a record that has no row, so that repeating this after a crash adds no second one.
void SkippedRows::report(Database& database) {
    const std::string detail = "rows=" + std::to_string(count()) + " log=" + log_;
    Statement(database,
              "INSERT OR IGNORE INTO event (event, at, session, kind, detail) VALUES (?, ?, NULL, 'skipped', ?)")
        .bind(static_cast<std::int64_t>(last_->load(std::memory_order_relaxed)))
        .bind(wall_clock())
        .bind(detail)
        .run();
    rows_->store(0, std::memory_order_release);
}

}  // namespace chat
