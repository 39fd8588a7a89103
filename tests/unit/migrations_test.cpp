// Databases of earlier versions are migrated to the newest: every row stays, whichever process dies in between, and
// whoever else has the database open.
#include "shared/log/migrations.h"

#include "shared/log/database.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace migrations_test {

using namespace chat;
using test::TemporaryDirectory;

namespace {

namespace fs = std::filesystem;

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
}

// A connection that ignores versions, like that of any program that reads the log, or of a daemon of release 0.1.
class Stranger {
  public:
    explicit Stranger(const std::string& directory) {
        const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        REQUIRE(sqlite3_open_v2((directory + "/chat.db").c_str(), &handle_, flags, nullptr) == SQLITE_OK);
        sqlite3_busy_timeout(handle_, 10'000);
    }
    ~Stranger() { sqlite3_close_v2(handle_); }
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;

    // The result of a query: columns separated by |, rows by line ends.
    std::string rows(const std::string& sql) {
        std::string answer;
        const auto add = [](void* to, int columns, char** values, char** /*names*/) {
            auto& text = *static_cast<std::string*>(to);
            for (int i = 0; i < columns; ++i) {
                if (i > 0) text += '|';
                text += values[i] != nullptr ? values[i] : "NULL";
            }
            text += '\n';
            return 0;
        };
        INFO(sql);
        const int result = sqlite3_exec(handle_, sql.c_str(), add, &answer, nullptr);
        INFO(sqlite3_errmsg(handle_));
        REQUIRE(result == SQLITE_OK);
        return answer;
    }
    sqlite3_stmt* prepare(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        REQUIRE(sqlite3_prepare_v3(handle_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) ==
                SQLITE_OK);
        return statement;
    }

  private:
    sqlite3* handle_ = nullptr;
};

constexpr const char* log_tables[] = {"session",      "event",   "message", "receipt", "late_discard",
                                      "file_receipt", "log_lag", "file",    "forget",  "forget_session"};

// Everything in a log of release 0.1, with the columns of release 0.1.
std::string rows_of_0_1(Stranger& database) {
    std::string all;
    for (const std::string table : log_tables) {
        const bool message = table == "message";
        all += table + ":\n" +
               database.rows("SELECT " +
                             std::string(message ? "id, at, kind, sender, receiver, channel, receivers, discarded,"
                                                   " characters, text"
                                                 : "*") +
                             " FROM " + table + " ORDER BY 1, 2");
    }
    return all;
}

// Objects of the schema, without comments and insignificant whitespace.
std::string schema(Stranger& database) {
    const std::string text =
        database.rows("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name");
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 2, "--") == 0) i = text.find('\n', i);
        const char c = text[i] == '\n' ? ' ' : text[i];
        const bool joins = c == ' ' || c == ',' || c == '(' || c == ')';
        if (c == ' ' && !plain.empty() && std::string(" ,()").find(plain.back()) != std::string::npos) continue;
        if (joins && c != ' ' && !plain.empty() && plain.back() == ' ') plain.pop_back();
        plain += c;
    }
    return plain;
}

// The directory of a log that release 0.1.0 wrote.
struct OldLog {
    OldLog() {
        Stranger database(directory.path());
        database.rows("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;");
        database.rows(contents(CHAT_TEST_DATA "/chat-0.1.0.sql"));
        before = rows_of_0_1(database);
        REQUIRE(before.size() > 1000);
        REQUIRE(database.rows("PRAGMA user_version") == "0\n");
    }
    [[nodiscard]] const std::string& path() const { return directory.path(); }
    void check_migrated() const {
        Stranger database(path());
        CHECK(database.rows("PRAGMA user_version") == std::to_string(newest_database_version) + "\n");
        CHECK(rows_of_0_1(database) == before);
        CHECK(database.rows("PRAGMA integrity_check") == "ok\n");
        CHECK(database.rows("SELECT count(*) FROM message_log WHERE time IS NOT NULL") ==
              database.rows("SELECT count(*) FROM message"));
    }
    TemporaryDirectory directory;
    std::string before;
};

// Runs `body` in a process of its own. Returns its status as of waitpid().
pid_t in_a_child(const std::function<void()>& body) {
    const pid_t child = ::fork();
    test::require_system(child >= 0, "forking");
    if (child == 0) {
        try {
            body();
            ::_exit(0);
        } catch (const std::exception& error) {
            const std::string line = std::string(error.what()) + '\n';
            (void)!::write(STDERR_FILENO, line.data(), line.size());
            ::_exit(1);
        }
    }
    return child;
}

int status_of(pid_t child) {
    int status = 0;
    test::require_system(::waitpid(child, &status, 0) == child, "waiting");
    return status;
}

int steps_left = 0;

// From now on the process ends at the n-th step that SQLite takes in any connection.
void die_at_step(int n) {
    steps_left = n;
    const auto opened = +[](sqlite3* handle, char** /*error*/, const struct sqlite3_api_routines* /*unused*/) {
        const auto step = [](void* /*unused*/) {
            if (--steps_left == 0) ::kill(::getpid(), SIGKILL);
            return 0;
        };
        sqlite3_progress_handler(handle, 1, step, nullptr);
        return SQLITE_OK;
    };
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(opened));
}

}  // namespace

TEST_CASE("a log of release 0.1 is migrated to the newest version and keeps every row", "[migrations][database]") {
    const OldLog log;
    { const Database database(log.path()); }
    log.check_migrated();
    Stranger database(log.path());
    CHECK(database.rows("SELECT count(*) FROM message_log WHERE sender_account IS NOT NULL OR form IS NOT NULL OR"
                        " sender_name_then IS NOT NULL") == "0\n");
    CHECK(database.rows("SELECT count(*) > 5 FROM message_log WHERE sender_name <> ''") == "1\n");
}

TEST_CASE("a migrated database has the schema of a new one", "[migrations][database]") {
    const OldLog log;
    const TemporaryDirectory fresh;
    { const Database migrated(log.path()); }
    { const Database made(fresh.path()); }
    Stranger migrated(log.path());
    Stranger made(fresh.path());
    CHECK(schema(migrated) == schema(made));
    const std::string columns =
        "SELECT m.name, m.type, p.name, p.type, p.\"notnull\", p.dflt_value, p.pk FROM sqlite_schema m,"
        " pragma_table_xinfo(m.name) p WHERE m.type IN ('table', 'view') ORDER BY m.name, p.cid";
    CHECK(migrated.rows(columns) == made.rows(columns));
    const std::string kinds = "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main' ORDER BY 1";
    CHECK(migrated.rows(kinds) == made.rows(kinds));
    CHECK(made.rows("PRAGMA user_version") == migrated.rows("PRAGMA user_version"));
}

TEST_CASE("a migration changes no page that holds rows", "[migrations][database]") {
    const OldLog log;
    {
        Stranger database(log.path());
        database.rows(
            "WITH RECURSIVE n(i) AS (SELECT 100000 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)"
            " INSERT INTO message SELECT i, i, 'room', 1, NULL, 'lobby', 2, 0, 64, printf('%064d', i) FROM n");
        database.rows("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    Stranger reader(log.path());  // so that the write-ahead log stays when the other one closes
    CHECK(reader.rows("SELECT count(*) > 20000 FROM message") == "1\n");
    { const Database database(log.path()); }
    CHECK(fs::file_size(log.path() + "/chat.db") > 2'000'000);
    CHECK(fs::file_size(log.path() + "/chat.db-wal") < 200'000);
}

TEST_CASE("a database of a later release is refused, and stays as it is", "[migrations][database]") {
    const TemporaryDirectory directory;
    { const Database database(directory.path()); }
    const int later = newest_database_version + 6;
    Stranger(directory.path()).rows("PRAGMA user_version = " + std::to_string(later));
    const std::string before = contents(directory.file("chat.db"));
    std::string problem;
    try {
        const Database database(directory.path());
    } catch (const DatabaseError& error) {
        problem = error.what();
    }
    CHECK(problem.starts_with(directory.file("chat.db") + ": this database was written by a later release"));
    CHECK(problem.find("version " + std::to_string(later)) != std::string::npos);
    CHECK(problem.find("up to " + std::to_string(newest_database_version)) != std::string::npos);
    CHECK(contents(directory.file("chat.db")) == before);
}

TEST_CASE("a process that dies in a migration leaves one version or the other", "[migrations][database]") {
    const OldLog log;
    const std::string old_schema = [&] {
        Stranger database(log.path());
        return schema(database);
    }();
    // With step 0 it survives and exits with the number of steps: waitpid()'s status is 256 times that.
    const auto migrate_and_die_at = [&](const std::string& path, int step) {
        return status_of(in_a_child([&] {
            die_at_step(step);
            { const Database database(path); }
            if (step == 0) ::_exit(-steps_left / 256);
        }));
    };
    int total = 0;
    {
        const TemporaryDirectory copy;
        fs::copy_file(log.path() + "/chat.db", copy.file("chat.db"));
        const int status = migrate_and_die_at(copy.path(), 0);
        REQUIRE(WIFEXITED(status));
        total = 256 * (WEXITSTATUS(status) + 1);
    }
    REQUIRE(total > 500);
    int old = 0;
    int crashes = 0;
    for (int step = 1; step < total; step += total / 60) {
        const TemporaryDirectory copy;
        fs::copy_file(log.path() + "/chat.db", copy.file("chat.db"));
        crashes += WIFSIGNALED(migrate_and_die_at(copy.path(), step)) ? 1 : 0;
        {
            Stranger left(copy.path());
            const bool is_old = left.rows("PRAGMA user_version") == "0\n";
            CHECK((schema(left) == old_schema) == is_old);
            old += is_old ? 1 : 0;
        }
        { const Database database(copy.path()); }
        Stranger database(copy.path());
        CHECK(rows_of_0_1(database) == log.before);
        CHECK(database.rows("SELECT count(*) FROM message_log WHERE time IS NULL") == "0\n");
    }
    CHECK(crashes > 40);
    CHECK(old > 20);
}

TEST_CASE("processes that migrate concurrently all find a migrated database", "[migrations][database]") {
    const auto open_all_at_once = [](const std::string& path) {
        int gate[2];
        test::require_system(::pipe(gate) == 0, "making a pipe");
        std::vector<pid_t> children;
        for (int i = 0; i < 8; ++i)
            children.push_back(in_a_child([&] {
                ::close(gate[1]);
                char c = 0;
                (void)!::read(gate[0], &c, 1);  // the end of the stream opens the gate
                Database database(path);
                Statement(database, "INSERT INTO event VALUES (?, 1, NULL, 'refused', '')").bind(::getpid()).run();
            }));
        ::close(gate[0]);
        ::close(gate[1]);
        for (const pid_t child : children) CHECK(status_of(child) == 0);
    };
    SECTION("an older one") {
        const OldLog log;
        open_all_at_once(log.path());
        CHECK(Stranger(log.path()).rows("SELECT count(*) FROM event WHERE at = 1") == "8\n");
        Stranger(log.path()).rows("DELETE FROM event WHERE at = 1");
        log.check_migrated();
    }
    SECTION("a new one") {
        const TemporaryDirectory directory;
        open_all_at_once(directory.path());
        CHECK(Stranger(directory.path()).rows("SELECT count(*) FROM event") == "8\n");
    }
}

TEST_CASE("a daemon of release 0.1 keeps writing while the database is migrated", "[migrations][database]") {
    const OldLog log;
    Stranger old(log.path());
    // Statements as in release 0.1, prepared before the migration.
    sqlite3_stmt* message = old.prepare(
        "INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, text)"
        " VALUES (?, 1, 'direct', 1, 2, NULL, 1, 0, 1, 'x')");
    sqlite3_stmt* discard = old.prepare("UPDATE message SET discarded = 1 WHERE id = ?");
    sqlite3_stmt* reader = old.prepare("SELECT text FROM message_log ORDER BY id");
    CHECK(sqlite3_step(reader) == SQLITE_ROW);
    { const Database database(log.path()); }
    CHECK(sqlite3_step(reader) == SQLITE_ROW);
    sqlite3_finalize(reader);
    for (sqlite3_stmt* statement : {message, discard}) {
        sqlite3_bind_int64(statement, 1, 900'000);
        CHECK(sqlite3_step(statement) == SQLITE_DONE);
        sqlite3_finalize(statement);
    }
    CHECK(old.rows("SELECT text, discarded, sender_name_then, form FROM message_log WHERE id = 900000") ==
          "x|1|NULL|NULL\n");
    CHECK(old.rows("SELECT count(*) FROM late_discard WHERE message = 900000") == "1\n");
}

TEST_CASE("a log that lost its version in a copy is migrated again", "[migrations][database]") {
    const TemporaryDirectory directory;
    { const Database database(directory.path()); }
    Stranger(directory.path()).rows("PRAGMA user_version = 0; DROP VIEW message_log; DROP TABLE log_lag");
    { const Database database(directory.path()); }
    const TemporaryDirectory fresh;
    { const Database database(fresh.path()); }
    Stranger again(directory.path());
    Stranger made(fresh.path());
    CHECK(schema(again) == schema(made));
}

TEST_CASE("a table that no release made is not touched", "[migrations][database]") {
    const TemporaryDirectory directory;
    Stranger(directory.path()).rows("CREATE TABLE message (id INTEGER PRIMARY KEY, note TEXT)");
    const auto open = [&] { const Database database(directory.path()); };
    CHECK_THROWS_AS(open(), DatabaseError);
    CHECK(Stranger(directory.path()).rows("SELECT sql FROM sqlite_schema") ==
          "CREATE TABLE message (id INTEGER PRIMARY KEY, note TEXT)\n");
    CHECK(Stranger(directory.path()).rows("PRAGMA user_version") == "0\n");
}

}  // namespace migrations_test
