// SQLite behind RAII and exceptions, and the tables.
#include "chat-auth/auth_database.h"

#include <sqlite3.h>

namespace chat {
namespace {

constexpr int busy_time = 1000;  // milliseconds
constexpr std::int64_t newest_version = 2;

// Times are microseconds since 1970-01-01 00:00:00 UTC. Account numbers are never reused.
constexpr const char* schema = R"(
CREATE TABLE account (
  account       INTEGER PRIMARY KEY AUTOINCREMENT,
  name          TEXT    NOT NULL UNIQUE COLLATE NOCASE,
  verifier      TEXT,                      -- crypt(5); NULL: added by an operator, and its token was not used yet
  made_at       INTEGER NOT NULL,          -- time of the registration
  disabled_at   INTEGER,
  last_login_at INTEGER,
  failed        INTEGER NOT NULL DEFAULT 0 -- wrong secrets since the last login
) STRICT;
CREATE TABLE token (                       -- unused tokens; only their hashes are kept
  sha256        TEXT    PRIMARY KEY,
  kind          TEXT    NOT NULL,          -- invite, name (makes the secret of an account) or reset
  account       INTEGER,                   -- NULL for an invite
  uses_left     INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  operator      INTEGER NOT NULL           -- user id of whoever made it
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome (                     -- the answers to the latest calls that have a key
  number        INTEGER PRIMARY KEY AUTOINCREMENT,
  segment       INTEGER NOT NULL,
  session       INTEGER NOT NULL,
  position      INTEGER NOT NULL,
  refusal       TEXT,                      -- code of the error; NULL: it succeeded
  account       INTEGER NOT NULL,
  name          TEXT    NOT NULL,
  since         INTEGER NOT NULL,
  failed        INTEGER NOT NULL,
  UNIQUE (segment, session, position)
) STRICT;
CREATE TABLE throttle (                    -- addresses from which wrong secrets came
  address       TEXT    PRIMARY KEY,
  failures      INTEGER NOT NULL,
  last_at       INTEGER NOT NULL,
  closed_until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE counter (
  key           TEXT    PRIMARY KEY,
  value         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('changes', 1); -- of the set of names
)";

constexpr const char* schema_2 = R"(
CREATE TABLE certificate (                 -- certificates that log in without a password
  sha256        TEXT    PRIMARY KEY,       -- fingerprint
  account       INTEGER NOT NULL,
  added_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ticket (                      -- unused tickets of local users; only their hashes are kept
  sha256        TEXT    PRIMARY KEY,
  user          TEXT    NOT NULL,          -- name of the Unix user
  uid           INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_of_account ON certificate (account);
PRAGMA user_version = 2;
)";

}  // namespace

void AuthDatabase::fail(const char* what) const {
    throw AuthDatabaseError(std::string(what) + ": " +
                            (handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory"));
}

AuthDatabase::AuthDatabase(const std::string& directory) {
    const std::string path = directory + "/auth.db";
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr) != SQLITE_OK) {
        const std::string problem = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
        sqlite3_close(handle_);
        throw AuthDatabaseError("opening " + path + ": " + problem);
    }
    try {
        sqlite3_busy_timeout(handle_, busy_time);
        execute("PRAGMA journal_mode=WAL");
        // Accounts must survive a power loss; each change waits for the disk.
        execute("PRAGMA synchronous=FULL");
        // Nothing of a verifier or an address stays in the file once it is deleted.
        execute("PRAGMA secure_delete=ON");
        execute("PRAGMA trusted_schema=OFF");
        make_tables();
    } catch (const AuthDatabaseError& error) {
        sqlite3_close(handle_);
        throw AuthDatabaseError(path + ": " + error.what());
    }
}

AuthDatabase::~AuthDatabase() {
    sqlite3_close(handle_);
}

void AuthDatabase::make_tables() {
    Change change(*this);
    const std::int64_t version = number("PRAGMA user_version");
    if (version > newest_version) throw AuthDatabaseError("written by a later release");
    if (version < 1) execute(schema);
    if (version < 2) execute(schema_2);
    change.commit();
}

void AuthDatabase::execute(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("database");
}

std::uint64_t AuthDatabase::last_row() const noexcept {
    return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(handle_));
}

AuthDatabase::Change::Change(AuthDatabase& database) : database_(&database) {
    database.execute("BEGIN IMMEDIATE");
}

AuthDatabase::Change::~Change() {
    if (open_) sqlite3_exec(database_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void AuthDatabase::Change::commit() {
    database_->execute("COMMIT");
    open_ = false;
}

AuthDatabase::Rows::Rows(AuthDatabase& database, const char* sql) : database_(&database) {
    if (sqlite3_prepare_v2(database.handle_, sql, -1, &handle_, nullptr) != SQLITE_OK) database.fail("preparing");
}

AuthDatabase::Rows::~Rows() {
    sqlite3_finalize(handle_);
}

void AuthDatabase::Rows::bind_number(std::int64_t number) {
    if (sqlite3_bind_int64(handle_, ++bound_, number) != SQLITE_OK) database_->fail("binding");
}

void AuthDatabase::Rows::bind(std::string_view text) {
    const char* data = text.empty() ? "" : text.data();  // a null pointer would bind NULL
    if (sqlite3_bind_text(handle_, ++bound_, data, static_cast<int>(text.size()), SQLITE_STATIC) != SQLITE_OK)
        database_->fail("binding");
}

bool AuthDatabase::Rows::next() {
    const int result = sqlite3_step(handle_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) database_->fail("database");
    return result == SQLITE_ROW;
}

std::int64_t AuthDatabase::Rows::number(int column) const noexcept {
    return sqlite3_column_int64(handle_, column);
}

std::string AuthDatabase::Rows::text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return text == nullptr ? std::string()
                           : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)));
}

bool AuthDatabase::Rows::is_null(int column) const noexcept {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

}  // namespace chat
