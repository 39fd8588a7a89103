// Two queries: where the first message to show is, and the messages from there on, a piece at a time.
#include "control/log_reader.h"

#include "control/exit_status.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace chat {
namespace {

constexpr int log_busy_time = 5000;  // milliseconds to wait for a lock
constexpr int piece = 1000;          // messages

// `:first` and `:limit` select the piece, and `:newest` is the last message when the command began. Columns that
// release 0.1 does not have are NULL.
std::string query_of(const MessageFilter& filter, const std::string& columns, bool has_names) {
    std::string conditions = " WHERE m.id >= :first AND m.id <= :newest";
    if (filter.since) conditions += " AND m.at >= :since";
    if (filter.room) conditions += " AND m.kind IN ('room', 'group') AND m.channel = :room COLLATE NOCASE";
    if (filter.person) {
        const std::string sessions =
            "(SELECT session FROM session WHERE name = :person COLLATE NOCASE OR CAST(client_id AS TEXT) = :person)";
        conditions += " AND (m.sender IN " + sessions + " OR m.receiver IN " + sessions +
                      " OR (m.kind = 'group' AND EXISTS (SELECT 1 FROM receipt x WHERE x.message = m.id"
                      " AND x.receiver IN " +
                      sessions + "))" + (has_names ? " OR m.sender_name_then = :person COLLATE NOCASE" : "") + ")";
    }
    return "SELECT " + columns +
           " FROM message m LEFT JOIN session s ON s.session = m.sender LEFT JOIN session r ON r.session = m.receiver" +
           conditions;
}

constexpr const char* own_columns =
    "m.id AS id, m.at AS at,"
    " strftime('%Y-%m-%dT%H:%M:%S', max(0, min(m.at / 1000000, 253402300799)), 'unixepoch')"
    " || printf('.%03dZ', max(0, m.at) % 1000000 / 1000) AS time, m.kind AS kind, m.sender AS sender_session,"
    " s.client_id AS sender_id, s.name AS sender_name, m.receiver AS receiver_session, r.client_id AS receiver_id,"
    " r.name AS receiver_name, CASE m.kind WHEN 'direct' THEN CAST(r.client_id AS TEXT) WHEN 'broadcast' THEN 'all'"
    " ELSE m.kind || ':' || m.channel END AS target, m.receivers AS receivers, m.discarded AS discarded,"
    " m.characters AS characters, length(CAST(m.text AS BLOB)) AS bytes, m.text AS text";

struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Query = std::unique_ptr<sqlite3_stmt, Finalize>;

void bind(sqlite3_stmt* statement, const char* name, std::int64_t number) {
    if (const int place = sqlite3_bind_parameter_index(statement, name); place != 0)
        sqlite3_bind_int64(statement, place, number);
}

void bind(sqlite3_stmt* statement, const MessageFilter& filter) {
    const auto bind_text = [statement](const char* name, const std::optional<std::string>& text) {
        if (const int place = sqlite3_bind_parameter_index(statement, name); place != 0)
            sqlite3_bind_text(statement, place, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
    };
    bind(statement, ":since", filter.since.value_or(0));
    bind_text(":room", filter.room);
    bind_text(":person", filter.person);
}

Json row_of(sqlite3_stmt* statement) {
    Json row = Json::object();
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
        const char* name = sqlite3_column_name(statement, column);
        if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
            row.set(name, nullptr);
        } else if (sqlite3_column_type(statement, column) == SQLITE_INTEGER) {
            const std::int64_t number = sqlite3_column_int64(statement, column);
            row.set(name, number < 0 ? Json(number) : Json(static_cast<std::uint64_t>(number)));
        } else {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
            row.set(name, std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))));
        }
    }
    return row;
}

}  // namespace

LogReader::LogReader(const std::string& path) : path_(path) {
    // SQLite's own message for this is `unable to open database file`.
    if (::access(path_.c_str(), R_OK) != 0) {
        const int error = errno;
        throw Failure(error == EACCES ? exit_not_allowed : exit_refused,
                      "the log " + path_ + " cannot be read: " + std::strerror(error));
    }
    if (sqlite3_open_v2(path_.c_str(), &handle_, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
        const std::string problem = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
        sqlite3_close(handle_);
        throw Failure(exit_refused, "the log " + path_ + " cannot be read: " + problem);
    }
    sqlite3_busy_timeout(handle_, log_busy_time);
}

LogReader::~LogReader() {
    sqlite3_close(handle_);
}

void LogReader::fail() {
    throw Failure(exit_refused, "the log " + path_ + " cannot be read: " + sqlite3_errmsg(handle_));
}

bool LogReader::has_column(const std::string& name) {
    const std::string query = "SELECT 1 FROM pragma_table_info('message') WHERE name = '" + name + "'";
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, query.c_str(), -1, &statement, nullptr) != SQLITE_OK) fail();
    const Query owner(statement);
    const int result = sqlite3_step(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail();
    return result == SQLITE_ROW;
}

void LogReader::read(const MessageFilter& filter, const std::function<void(const Json&)>& take) {
    std::string columns = own_columns;
    const bool has_names = has_column("sender_name_then");
    for (const char* column : {"sender_account", "sender_name_then", "form"})
        columns += std::string(", ") + (has_column(column) ? "m." : "NULL AS ") + column;
    const auto prepare = [&](const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) fail();
        Query query(statement);
        bind(statement, filter);
        return query;
    };

    const Query newest_id = prepare("SELECT max(id) FROM message");
    if (sqlite3_step(newest_id.get()) != SQLITE_ROW) fail();
    const std::int64_t newest = sqlite3_column_int64(newest_id.get(), 0);
    sqlite3_reset(newest_id.get());

    std::int64_t first = 0;
    if (filter.last) {
        const Query query = prepare("SELECT min(id) FROM (" + query_of(filter, "m.id AS id", has_names) +
                                    " ORDER BY m.id DESC LIMIT :limit)");
        bind(query.get(), ":first", 0);
        bind(query.get(), ":newest", newest);
        bind(query.get(), ":limit", static_cast<std::int64_t>(*filter.last));
        if (sqlite3_step(query.get()) != SQLITE_ROW) fail();
        if (sqlite3_column_type(query.get(), 0) == SQLITE_NULL) return;
        first = sqlite3_column_int64(query.get(), 0);
    }
    const Query query = prepare(query_of(filter, columns, has_names) + " ORDER BY m.id LIMIT :limit");
    std::vector<Json> rows;
    do {
        rows.clear();
        bind(query.get(), ":first", first);
        bind(query.get(), ":newest", newest);
        bind(query.get(), ":limit", piece);
        int result = SQLITE_ROW;
        while ((result = sqlite3_step(query.get())) == SQLITE_ROW) {
            first = sqlite3_column_int64(query.get(), 0) + 1;
            rows.push_back(row_of(query.get()));
        }
        if (result != SQLITE_DONE) fail();
        sqlite3_reset(query.get());  // ends the transaction before anything is printed
        for (const Json& row : rows) take(row);
    } while (rows.size() == piece);
}

}  // namespace chat
