// SQLite behind RAII and exceptions.
#include "shared/log/database.h"

#include "shared/log/migrations.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <limits>

namespace chat {
namespace {

constexpr int busy_time = 1000;  // milliseconds

// An SQL expression: the bound time or, if that is 0, the time of the latest log entry whose number is below `first`.
// SQLite computes the latter only when a row needs it, which is rare.
std::string given_or_last_time(std::int64_t first) {
    const std::string below = " < " + std::to_string(first);
    return "coalesce(nullif(?, 0), max((SELECT coalesce(max(connected_at), 0) FROM session WHERE session" + below +
           "), (SELECT coalesce(max(at), 0) FROM message WHERE id = (SELECT max(id) FROM message WHERE id" + below +
           "))))";
}

// sqlite3_errcode() and the errno behind it.
bool is_for_an_administrator(sqlite3* handle) noexcept {
    switch (handle != nullptr ? sqlite3_errcode(handle) : SQLITE_NOMEM) {
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
        case SQLITE_PERM:
        case SQLITE_READONLY:
            return true;
        case SQLITE_CANTOPEN:
            break;
        default:
            return false;
    }
    switch (sqlite3_system_errno(handle)) {
        case EACCES:
        case EPERM:
        case EROFS:
        case ENOENT:
        case ENOTDIR:
        case EISDIR:
        case ELOOP:
            return true;
        default:
            return false;
    }
}

}  // namespace

void Database::fail(const std::string& what) const {
    const std::string problem = what + ": " + (handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory");
    if (is_for_an_administrator(handle_)) throw UnusableDatabase(problem);
    throw DatabaseError(problem);
}

Database::Database(const std::string& directory, Access access) : path_(directory + "/chat.db") {
    const int how =
        access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : static_cast<int>(SQLITE_OPEN_READONLY);
    try {
        if (sqlite3_open_v2(path_.c_str(), &handle_, how | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) fail("opening");
        sqlite3_busy_timeout(handle_, busy_time);
        if (access == Access::write)
            open_for_writing();
        else
            open_for_reading();
    } catch (const UnusableDatabase& error) {
        sqlite3_close(handle_);
        throw UnusableDatabase(path_ + ": " + error.what());
    } catch (const DatabaseError& error) {
        sqlite3_close(handle_);
        throw DatabaseError(path_ + ": " + error.what());
    }
}

void Database::open_for_writing() {
    check_version(*this);
    // Must precede the first table: rows are cheaper in larger pages, free pages return in small steps. It locks.
    if (query_number("PRAGMA page_count") == 0) execute("PRAGMA page_size=8192; PRAGMA auto_vacuum=INCREMENTAL");
    execute("PRAGMA journal_mode=WAL");
    execute("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=500; PRAGMA journal_size_limit=4194304");
    execute("PRAGMA trusted_schema=OFF");
    note_place();
    migrate(*this);
}

void Database::open_for_reading() {
    note_place();
    if (query_number("PRAGMA user_version") != newest_database_version) fail("it has another version");
    execute("PRAGMA trusted_schema=OFF");
}

void Database::note_place() noexcept {
    struct stat file {};
    if (::stat(path_.c_str(), &file) != 0) return;
    device_ = file.st_dev;
    inode_ = file.st_ino;
}

Database::~Database() {
    sqlite3_close(handle_);
}

void Database::check_in_place() const {
    struct stat file {};
    if (::stat(path_.c_str(), &file) != 0 || file.st_dev != device_ || file.st_ino != inode_)
        throw ReplacedDatabase(path_ + " was removed or replaced while it was in use");
}

void Database::stop_at(std::chrono::steady_clock::time_point time) {
    constexpr int steps_between = 10'000;  // of SQLite's virtual machine
    stop_at_ = time;
    sqlite3_progress_handler(
        handle_, steps_between,
        [](void* self) { return std::chrono::steady_clock::now() < static_cast<Database*>(self)->stop_at_ ? 0 : 1; },
        this);
}

void Database::execute(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("database");
}

std::int64_t Database::query_number(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) fail("preparing");
    const int result = sqlite3_step(statement);
    const std::int64_t number = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail("reading");
    return number;
}

std::int64_t Database::highest_number() {
    return query_number(
        "SELECT max(n) FROM (SELECT max(id) AS n FROM message UNION ALL SELECT max(session) FROM session UNION ALL"
        " SELECT max(event) FROM event UNION ALL SELECT max(id) FROM file UNION ALL SELECT max(number) FROM forget"
        " UNION ALL SELECT max(message) FROM kept UNION ALL SELECT max(id) FROM topic)");
}

bool Database::empty_write_ahead_log() {
    sqlite3_busy_timeout(handle_, 0);
    const int result = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(handle_, busy_time);
    if (result != SQLITE_OK && result != SQLITE_BUSY && result != SQLITE_LOCKED) fail("emptying the write-ahead log");
    return result == SQLITE_OK;
}

void Database::end_open_sessions(std::int64_t at) {
    if (query_number("SELECT EXISTS (SELECT 1 FROM session WHERE ended_at IS NULL)") == 0) return;
    Statement(*this, ("UPDATE session SET reason = 'shutdown', ended_at = max(connected_at, " +
                      given_or_last_time(std::numeric_limits<std::int64_t>::max()) + ") WHERE ended_at IS NULL")
                         .c_str())
        .bind(at)
        .run();
}

void Database::end_open_files(std::int64_t at, std::int64_t first) {
    const std::string end = given_or_last_time(first);
    Transaction transaction(*this);
    Statement(*this, ("UPDATE file SET outcome = 'shutdown', ended_at = max(coalesce(stored_at, at), " + end +
                      ") WHERE outcome IS NULL AND id < ?")
                         .c_str())
        .bind(at)
        .bind(first)
        .run();
    Statement(*this, ("UPDATE file_receipt SET outcome = 'shutdown', ended_at = max(offered_at, " + end +
                      ") WHERE outcome IS NULL AND file < ?")
                         .c_str())
        .bind(at)
        .bind(first)
        .run();
    transaction.commit();
}

Transaction::Transaction(Database& database) : database_(&database) {
    database.check_in_place();
    database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (open_) sqlite3_exec(database_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
    database_->execute("COMMIT");
    open_ = false;
}

Snapshot::Snapshot(Database& database) : database_(&database) {
    database.check_in_place();
    database.execute("BEGIN");
}

Snapshot::~Snapshot() {
    sqlite3_exec(database_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Statement::Statement(Database& database, const char* sql) : database_(&database) {
    if (sqlite3_prepare_v3(database.handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr) != SQLITE_OK)
        database.fail("preparing");
}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

Statement& Statement::bind(std::int64_t number) {
    if (sqlite3_bind_int64(handle_, ++bound_, number) != SQLITE_OK) database_->fail("binding");
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    // A null pointer would bind NULL instead of an empty text.
    const char* data = text.empty() ? "" : text.data();
    if (sqlite3_bind_text(handle_, ++bound_, data, static_cast<int>(text.size()), SQLITE_STATIC) != SQLITE_OK)
        database_->fail("binding");
    return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
    const char* data = bytes.empty() ? "" : bytes.data();
    if (sqlite3_bind_blob(handle_, ++bound_, data, static_cast<int>(bytes.size()), SQLITE_STATIC) != SQLITE_OK)
        database_->fail("binding");
    return *this;
}

Statement& Statement::bind_null() {
    if (sqlite3_bind_null(handle_, ++bound_) != SQLITE_OK) database_->fail("binding");
    return *this;
}

void Statement::run() {
    bound_ = 0;
    const int result = sqlite3_step(handle_);
    sqlite3_reset(handle_);
    if (result != SQLITE_DONE && result != SQLITE_ROW) database_->fail("writing");
}

bool Statement::step() {
    const int result = sqlite3_step(handle_);
    if (result == SQLITE_ROW) return true;
    reset();
    if (result != SQLITE_DONE) database_->fail("reading");
    return false;
}

void Statement::reset() noexcept {
    bound_ = 0;
    sqlite3_reset(handle_);
}

std::int64_t Statement::number(int column) const noexcept {
    return sqlite3_column_int64(handle_, column);
}

std::string_view Statement::text(int column) const noexcept {
    const auto* text = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    return text == nullptr ? std::string_view()
                           : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)));
}

}  // namespace chat
