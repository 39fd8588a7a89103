// One connection to the log's SQLite database, brought up to the newest schema, and prepared statements on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace chat {

// Any error that SQLite reports: disk full, locked, damaged. A writer retries after a pause.
class DatabaseError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Only an administrator can help: the file is not a database, is damaged, or may not be written.
class UnusableDatabase : public DatabaseError {
  public:
    using DatabaseError::DatabaseError;
};

// The file is not the one that was opened. Another connection opens the new one.
class ReplacedDatabase : public DatabaseError {
  public:
    using DatabaseError::DatabaseError;
};

class Database {
  public:
    enum class Access : std::uint8_t {
        write,  // creates the database if there is none, and migrates it
        read,   // needs a database of the newest version
    };
    // Opens chat.db in `directory`. Throws DatabaseError, including for a database written by a later release, and
    // UnusableDatabase.
    explicit Database(const std::string& directory, Access access = Access::write);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const char* sql);
    // The single number that a query returns; 0 for NULL.
    [[nodiscard]] std::int64_t query_number(const char* sql);
    // The highest number given to a message, session, event, file, topic or request so far; 0 if there is none.
    [[nodiscard]] std::int64_t highest_number();
    // Checkpoints the write-ahead log into the file and truncates it. False: somebody is reading or writing.
    [[nodiscard]] bool empty_write_ahead_log();
    // Ends all open sessions with the reason `shutdown`, at `at` or, if that is 0, at the time of the latest entry in
    // the log. The caller must be the only writer.
    void end_open_sessions(std::int64_t at);
    // The same for files whose number is below `first`, and their receipts. The caller must be the writer of these
    // tables and know that nobody can fetch those files any more.
    void end_open_files(std::int64_t at, std::int64_t first);
    // Statements that run at this time end with a DatabaseError.
    void stop_at(std::chrono::steady_clock::time_point time);

  private:
    friend class Statement;
    friend class Transaction;
    friend class Snapshot;
    friend class RowSource;
    void open_for_writing();
    void open_for_reading();
    void note_place() noexcept;
    // Throws ReplacedDatabase if the file was removed or replaced: rows would go into a file that nobody can find.
    void check_in_place() const;
    [[noreturn]] void fail(const std::string& what) const;
    std::string path_;
    std::uint64_t device_ = 0;  // of the file that was opened
    std::uint64_t inode_ = 0;
    sqlite3* handle_ = nullptr;
    std::chrono::steady_clock::time_point stop_at_;
};

// BEGIN IMMEDIATE; rolls back unless committed.
class Transaction {
  public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database* database_;
    bool open_ = true;
};

// All that is read while it exists shows the database at one moment. Keep it for a short time: the write-ahead log
// grows meanwhile.
class Snapshot {
  public:
    explicit Snapshot(Database& database);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

  private:
    Database* database_;
};

// A prepared statement. bind() in the order of the parameters, then run(). Texts must stay valid until run() returns.
class Statement {
  public:
    Statement(Database& database, const char* sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(std::int64_t number);
    Statement& bind(std::string_view text);
    Statement& bind_blob(std::string_view bytes);
    Statement& bind_null();
    Statement& bind_unless_zero(std::int64_t number) { return number == 0 ? bind_null() : bind(number); }
    void run();
    // For a query, in place of run(): false after the last row. Then, or after reset(), it can be bound again.
    [[nodiscard]] bool step();
    void reset() noexcept;
    // Of the row that step() has reached; a text is valid until the next step. NULL is 0 and the empty text.
    [[nodiscard]] std::int64_t number(int column) const noexcept;
    [[nodiscard]] std::string_view text(int column) const noexcept;  // also of a blob

  private:
    Database* database_;
    sqlite3_stmt* handle_ = nullptr;
    int bound_ = 0;
};

}  // namespace chat
