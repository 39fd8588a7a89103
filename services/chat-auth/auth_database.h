// The database of chat-auth: auth.db, SQLite. It contains verifiers of passwords, so only chat-auth may read it.
#pragma once

#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace chat {

// Any error that SQLite reports. The caller closes the database and may repeat the call on a new connection.
class AuthDatabaseError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class AuthDatabase {
  public:
    // Opens or creates auth.db in `directory`. Throws AuthDatabaseError, including for a database of a later release.
    explicit AuthDatabase(const std::string& directory);
    ~AuthDatabase();
    AuthDatabase(const AuthDatabase&) = delete;
    AuthDatabase& operator=(const AuthDatabase&) = delete;

    // The rows that a statement returns, one at a time. Texts that were bound must outlive this object.
    class Rows {
      public:
        Rows(AuthDatabase& database, const char* sql);
        ~Rows();
        Rows(const Rows&) = delete;
        Rows& operator=(const Rows&) = delete;

        void bind(std::integral auto number) { bind_number(static_cast<std::int64_t>(number)); }
        void bind(std::string_view text);
        // False: there is no further row.
        [[nodiscard]] bool next();
        [[nodiscard]] std::int64_t number(int column) const noexcept;  // 0 for NULL
        [[nodiscard]] std::string text(int column) const;              // empty for NULL
        [[nodiscard]] bool is_null(int column) const noexcept;

      private:
        void bind_number(std::int64_t number);
        AuthDatabase* database_;
        sqlite3_stmt* handle_ = nullptr;
        int bound_ = 0;
    };

    // Executes a statement that returns nothing.
    template <typename... Values>
    void run(const char* sql, const Values&... values) {
        Rows rows(*this, sql);
        (rows.bind(values), ...);
        while (rows.next()) {
        }
    }
    // The first number of the first row; 0 if there is none.
    template <typename... Values>
    [[nodiscard]] std::int64_t number(const char* sql, const Values&... values) {
        Rows rows(*this, sql);
        (rows.bind(values), ...);
        return rows.next() ? rows.number(0) : 0;
    }
    // Of the last INSERT.
    [[nodiscard]] std::uint64_t last_row() const noexcept;

    // BEGIN IMMEDIATE; rolls back unless committed.
    class Change {
      public:
        explicit Change(AuthDatabase& database);
        ~Change();
        Change(const Change&) = delete;
        Change& operator=(const Change&) = delete;
        void commit();

      private:
        AuthDatabase* database_;
        bool open_ = true;
    };

  private:
    [[noreturn]] void fail(const char* what) const;
    void execute(const char* sql);
    void make_tables();
    sqlite3* handle_ = nullptr;
};

}  // namespace chat
