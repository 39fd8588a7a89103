// Finding and deleting the oldest rows.
#include "shared/log/size_limit.h"

#include "shared/log/retention.h"

#include <algorithm>
#include <array>

namespace chat {
namespace {

constexpr std::int64_t megabyte = 1'000'000;
constexpr int oldest_at_once = 500;

struct SizedRows {
    SizeLimit::Writer writer;
    const char* table;
    const char* key;
    const char* over;      // which rows may be deleted
    const char* receipts;  // table of their receipts; null: none
};
constexpr std::array sized_tables = {
    SizedRows{SizeLimit::Writer::delivery, "message", "id", "true", "receipt"},
    SizedRows{SizeLimit::Writer::delivery, "file", "id", "outcome IS NOT NULL", "file_receipt"},
    SizedRows{SizeLimit::Writer::delivery, "topic", "id", "true", nullptr},
    SizedRows{SizeLimit::Writer::acceptor, "session", "session", "ended_at IS NOT NULL", nullptr},
    SizedRows{SizeLimit::Writer::acceptor, "event", "event", "true", nullptr},
};

std::string candidates(const SizedRows& rows) {
    const std::string table = rows.table;
    const std::string key = rows.key;
    return table + " WHERE " + key + " < (SELECT max(" + key + ") FROM " + table + ") AND " + rows.over;
}

}  // namespace

std::int64_t SizeLimit::number(const std::string& query) {
    return database_->query_number(query.c_str());
}

bool SizeLimit::step(std::int64_t max_mb) {
    if (max_mb == 0) return false;
    const std::int64_t page = number("PRAGMA page_size");
    const std::int64_t most = max_mb * megabyte / page;
    const std::int64_t kept_free = std::min(pages_kept_free, most / 8);
    const std::int64_t used = number("PRAGMA page_count") - number("PRAGMA freelist_count");
    bool more = used + kept_free > most && remove_oldest();
    more = release_free_pages(*database_, kept_free) || more;
    must_shorten_ = must_shorten_ || more;
    // Only then does the file become shorter. A reader can be in the way: the next step tries again.
    if (must_shorten_ && !more) must_shorten_ = !database_->empty_write_ahead_log();
    return more;
}

bool SizeLimit::remove_oldest() {
    std::string oldest;
    for (const SizedRows& rows : sized_tables) {
        const std::string key = rows.key;
        oldest += std::string(oldest.empty() ? "" : " UNION ALL ") + "SELECT * FROM (SELECT " + key +
                  " AS number FROM " + candidates(rows) + " ORDER BY " + key + " LIMIT " +
                  std::to_string(oldest_at_once) + ")";
    }
    const std::string last = std::to_string(number("SELECT max(number) FROM (SELECT number FROM (" + oldest +
                                                   ") ORDER BY number LIMIT " + std::to_string(oldest_at_once) + ")"));
    bool any = false;
    for (const SizedRows& rows : sized_tables) {
        if (rows.writer != writer_) continue;
        const std::string which = candidates(rows) + " AND " + rows.key + " <= " + last;
        // Query first: it takes no lock that blocks a writer.
        if (number("SELECT EXISTS (SELECT 1 FROM " + which + ")") == 0) continue;
        any = true;
        Transaction transaction(*database_);
        database_->execute(("DELETE FROM " + which).c_str());
        if (rows.receipts != nullptr)
            delete_receipts(*database_, rows.receipts, rows.table, std::string(rows.table) + " <= " + last);
        transaction.commit();
    }
    return any;
}

}  // namespace chat
