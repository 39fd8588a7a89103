// Deleting old rows in small batches.
#include "shared/log/retention.h"

#include <string>

namespace chat {
namespace {

constexpr int rows_a_step = 500;
constexpr int pages_a_step = 32;
constexpr Microseconds microseconds_a_day = 86'400'000'000;
constexpr Microseconds microseconds_an_hour = 3'600'000'000;

struct Columns {
    const char* table;
    const char* key;
    const char* begun;  // rows after one that begins later than the cutoff are never too old
    const char* age;    // this time decides whether a row is too old; NULL: never
    std::int64_t days_more;
};

Columns columns_of(Retention::Table table) noexcept {
    switch (table) {
        case Retention::Table::messages:
            return {"message", "id", "at", "at", 0};
        case Retention::Table::sessions:
            return {"session", "session", "connected_at", "ended_at", 1};
        case Retention::Table::files:
            return {"file", "id", "at", "at", 0};
        case Retention::Table::topics:
            return {"topic", "id", "at", "at", 0};
        case Retention::Table::events:
            break;
    }
    return {"event", "event", "at", "at", 0};
}

}  // namespace

bool Retention::step(Microseconds now, std::int64_t keep_days) {
    if (keep_days <= 0) return false;
    const Columns columns = columns_of(table_);
    const Microseconds cutoff = now - (keep_days + columns.days_more) * microseconds_a_day;
    const std::string table = columns.table;
    const std::string key = columns.key;
    const std::string next = "(SELECT * FROM " + table + " WHERE " + key + " > " + std::to_string(after_) +
                             " ORDER BY " + key + " LIMIT " + std::to_string(rows_a_step) + ")";
    const std::string before_cutoff = " < " + std::to_string(cutoff);
    const auto number = [&](const std::string& query) { return database_->query_number(query.c_str()); };
    // Query first: it takes no lock that blocks a writer, and usually there is nothing to delete.
    if (number("SELECT count(*) FROM " + next + " WHERE " + columns.begun + before_cutoff) == 0) {
        after_ = 0;
        if (table_ == Table::messages) {
            forget_words("message", "text", cutoff);
            forget_words("message", "sender_name_then", cutoff);
            remove_traces(cutoff);
        } else if (table_ == Table::files) {
            forget_words("file", "name", cutoff);
        } else if (table_ == Table::topics) {
            forget_words("topic", "text", cutoff);
        }
        return false;
    }
    const std::int64_t last = number("SELECT max(" + key + ") FROM " + next);
    const std::string too_old =
        std::string(columns.age) + before_cutoff + " AND " + key + " < (SELECT max(" + key + ") FROM " + table + ")";
    if (number("SELECT count(*) FROM " + next + " WHERE " + too_old) > 0) {
        const std::string from = " > " + std::to_string(after_) + " AND ";
        const std::string to = " <= " + std::to_string(last) + " AND ";
        Transaction transaction(*database_);
        database_->execute(("DELETE FROM " + table + " WHERE " + key + from + key + to + too_old).c_str());
        if (table_ == Table::messages || table_ == Table::files) {
            const std::string receipts = table_ == Table::messages ? "receipt" : "file_receipt";
            delete_receipts(*database_, receipts, table, table + from + table + " <= " + std::to_string(last));
        }
        transaction.commit();
    }
    after_ = last;
    return true;
}

void delete_receipts(Database& database, const std::string& receipts, const std::string& table,
                     const std::string& range) {
    database.execute(("DELETE FROM " + receipts + " WHERE " + range + " AND NOT EXISTS (SELECT 1 FROM " + table +
                      " WHERE id = " + receipts + '.' + table + ')')
                         .c_str());
}

bool Retention::any(const std::string& table, const std::string& condition) {
    return database_->query_number(("SELECT EXISTS (SELECT 1 FROM " + table + " WHERE " + condition + ")").c_str()) !=
           0;
}

// The newest row is kept for its number; its text is still removed.
void Retention::forget_words(const std::string& table, const std::string& column, Microseconds cutoff) {
    const std::string newest =
        "id = (SELECT max(id) FROM " + table + ") AND " + column + " IS NOT NULL AND at < " + std::to_string(cutoff);
    if (any(table, newest))
        database_->execute(("UPDATE " + table + " SET " + column + " = NULL WHERE " + newest).c_str());
}

void Retention::remove_traces(Microseconds cutoff) {
    const std::string given_up =
        "message < (SELECT min(id) FROM message)"
        " AND number < (SELECT max(number) FROM late_discard)"
        " AND number <= (SELECT min(number) FROM late_discard) + " +
        std::to_string(rows_a_step);
    const std::string forgotten =
        "ended_at < " + std::to_string(cutoff) + " AND number < (SELECT max(number) FROM forget)";
    const std::string lag = "hour < " + std::to_string(cutoff / microseconds_an_hour);
    if (any("late_discard", given_up)) database_->execute(("DELETE FROM late_discard WHERE " + given_up).c_str());
    if (any("forget", forgotten)) database_->execute(("DELETE FROM forget WHERE " + forgotten).c_str());
    if (any("log_lag", lag)) database_->execute(("DELETE FROM log_lag WHERE " + lag).c_str());
}

bool release_free_pages(Database& database, std::int64_t kept) {
    const std::int64_t before = database.query_number("PRAGMA freelist_count");
    if (before <= kept) return false;
    database.execute(("PRAGMA incremental_vacuum(" + std::to_string(pages_a_step) + ")").c_str());
    const std::int64_t after = database.query_number("PRAGMA freelist_count");
    // A database created without incremental vacuum returns no pages.
    return after < before && after > kept;
}

}  // namespace chat
