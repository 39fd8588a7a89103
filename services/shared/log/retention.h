// Deletes rows older than `log.keep_days` in small batches, oldest first, so that neither the table's writer nor the
// other daemon waits long for the database, and returns their space to the file system in small steps. The row with the
// highest number always stays, because new numbers follow it. Each table's writer runs this for its own tables.
#pragma once

#include "shared/log/database.h"
#include "shared/system/clock.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace chat {

// When a log thread deletes old rows and carries out requests to forget.
struct RetentionPace {
    std::chrono::milliseconds first{60'000};  // after startup, which has other work to do
    std::chrono::milliseconds pause{20};      // between two steps
    std::chrono::milliseconds rest{600'000};  // after a pass
    std::chrono::milliseconds size{1000};     // between two checks of the database's size
    std::chrono::milliseconds forgetting{5};  // between two steps of a request to forget
    std::chrono::milliseconds held_up{100};   // … if it waits for another process

    // The time until the next step; `more`: the last one may have left work.
    [[nodiscard]] std::chrono::milliseconds after_step(bool more) const noexcept { return more ? pause : rest; }
    // Without a limit (0), only a reload can bring something to check.
    [[nodiscard]] std::chrono::milliseconds after_check(bool more, std::int64_t max_mb) const noexcept {
        return more ? pause : max_mb == 0 ? 10 * size : size;
    }
};

// Deletes the receipts whose message or file was deleted: `receipts` refer to rows of `table` by a column of its name,
// and `range` is a condition on that column. Within the transaction of that deletion.
void delete_receipts(Database& database, const std::string& receipts, const std::string& table,
                     const std::string& range);

class Retention {
  public:
    enum class Table : std::uint8_t {
        messages,  // with their receipts and what else delivery writes
        sessions,  // a day longer than messages, so that each message finds its sender's name
        events,
        files,  // with their receipts
        topics,
    };
    Retention(Database& database, Table table) noexcept : database_(&database), table_(table) {}

    // Deletes the next rows that are older than `keep_days` days before `now`; 0: none. True: there may be more. Throws
    // DatabaseError; then the whole step is undone.
    [[nodiscard]] bool step(Microseconds now, std::int64_t keep_days);

  private:
    [[nodiscard]] bool any(const std::string& table, const std::string& condition);
    void forget_words(const std::string& table, const std::string& column, Microseconds cutoff);
    void remove_traces(Microseconds cutoff);

    Database* database_;
    Table table_;
    std::int64_t after_ = 0;  // rows up to this number have been checked in this pass
};

inline constexpr std::int64_t pages_kept_free = 128;  // a megabyte; the next messages take them

// Returns some of the database's free pages, beyond the number to keep, to the file system. True: there may be more.
// Throws DatabaseError.
[[nodiscard]] bool release_free_pages(Database& database, std::int64_t kept = pages_kept_free);

}  // namespace chat
