// The log's database: created once, opened again, with atomic transactions.
#include "shared/log/database.h"

#include "shared/system/clock.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <sys/stat.h>

#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace database_test {

using namespace chat;
using test::TemporaryDirectory;

namespace {

void add_session(Database& database, std::int64_t session, std::int64_t connected_at) {
    Statement(database,
              "INSERT INTO session (session, client_id, name, peer, connected_at) VALUES (?, 12345, 'x', 'p', ?)")
        .bind(session)
        .bind(connected_at)
        .run();
}

void add_message(Database& database, std::int64_t id, std::int64_t at) {
    Statement(database,
              "INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, text) "
              "VALUES (?, ?, 'room', 1, NULL, 'lobby', 0, 0, 1, 'x')")
        .bind(id)
        .bind(at)
        .run();
}

}  // namespace

TEST_CASE("the schema is there at once, and applying it again changes nothing", "[database][D04][D07]") {
    const TemporaryDirectory directory;
    {
        Database database(directory.path());
        CHECK(database.query_number("SELECT count(*) FROM sqlite_schema WHERE type IN ('table', 'view')"
                                    " AND name IN ('session', 'event', 'message', 'receipt', 'message_log')") == 5);
        add_session(database, 1, 1000);
        add_message(database, 2, 2000);
    }
    Database again(directory.path());
    CHECK(again.query_number("SELECT count(*) FROM message_log WHERE sender_name = 'x' AND target = 'room:lobby'") ==
          1);
    Database at_the_same_time(directory.path());
    CHECK(at_the_same_time.query_number("SELECT count(*) FROM session") == 1);
}

TEST_CASE("the database matches the design", "[database][D04]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    CHECK(database.query_number("SELECT journal_mode = 'wal' FROM pragma_journal_mode") == 1);
    CHECK(database.query_number("PRAGMA synchronous") == 1);
    CHECK(database.query_number("PRAGMA trusted_schema") == 0);
    CHECK(database.query_number("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict"
                                " AND name IN ('session', 'event', 'message', 'receipt')") == 4);
    // No index on the tables that grow with every message.
    CHECK(database.query_number("SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name NOT IN "
                                "('receipt', 'place', 'room', 'kept', 'topic')") == 0);
    CHECK_THROWS_AS(
        database.execute("INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, "
                         "characters, text) VALUES (1, 'soon', 'room', 1, NULL, 'lobby', 0, 0, 1, 'x')"),
        DatabaseError);
}

TEST_CASE("the view shows each kind of message as people read it", "[database][R18]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    database.execute(
        "INSERT INTO session VALUES (1, 11111, 'Batman', 'p', 1, NULL, NULL), (2, 22222, 'Joker', 'p', 2, NULL, NULL);"
        "INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, text) VALUES "
        "(10, 1, 'direct', 1, 2, NULL, 1, 1, 2, 'é€'), (11, 1, 'room', 1, NULL, 'lobby', 1, "
        "0, 1, 'x'),"
        " (12, 1, 'group', 1, NULL, '1234', 1, 0, 1, 'x'), (13, 1, 'broadcast', 2, NULL, NULL, 1, 0, 0, NULL)");
    const auto row = [&](const std::string& condition) {
        return database.query_number(("SELECT id FROM message_log WHERE " + condition).c_str());
    };
    CHECK(row("target = '22222' AND sender_name = 'Batman' AND receiver_name = 'Joker' AND receiver_id = 22222"
              " AND sender_session = 1 AND receiver_session = 2 AND discarded = 1 AND characters = 2 AND bytes = 5") ==
          10);
    CHECK(row("target = 'room:lobby' AND receiver_id IS NULL AND sender_id = 11111") == 11);
    CHECK(row("target = 'group:1234'") == 12);
    CHECK(row("target = 'all' AND text IS NULL AND bytes IS NULL AND sender_name = 'Joker'") == 13);
}

TEST_CASE("the view has the time as on the wire, and the sender's name at that time", "[database]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    add_session(database, 1, 1000);
    const auto count = [&](const std::string& condition) {
        return database.query_number(("SELECT count(*) FROM message_log WHERE " + condition).c_str());
    };
    for (const std::int64_t at :
         {std::int64_t{1'795'177'865'123'999}, std::int64_t{0}, std::int64_t{999}, std::int64_t{-5},
          std::int64_t{253'402'300'799'999'999}, std::numeric_limits<std::int64_t>::max()}) {
        database.execute("DELETE FROM message");
        add_message(database, 1, at);
        std::string spelled;
        append_time(spelled, at);
        INFO(spelled);
        CHECK(count("time = '" + spelled + "'") == 1);
    }
    CHECK(count("sender_name_then IS NULL AND sender_account IS NULL AND form IS NULL") == 1);
    database.execute("UPDATE message SET sender_name_then = 'Robin', form = 'action'");
    CHECK(count("sender_name = 'x' AND sender_name_then = 'Robin' AND form = 'action'") == 1);
}

TEST_CASE("numbers continue from the highest of any table", "[database]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    CHECK(database.highest_number() == 0);
    add_session(database, 7, 1);
    CHECK(database.highest_number() == 7);
    database.execute("INSERT INTO event VALUES (9, 1, NULL, 'refused', 'p')");
    CHECK(database.highest_number() == 9);
    add_message(database, std::int64_t{1} << 40U, 1);
    CHECK(database.highest_number() == std::int64_t{1} << 40U);
}

TEST_CASE("open sessions are ended at a known time, and only they", "[database]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    add_session(database, 1, 1000);
    database.execute("UPDATE session SET ended_at = 1500, reason = 'quit'");
    add_session(database, 2, 2000);
    add_session(database, 3, 9000);
    database.end_open_sessions(5000);
    const auto count = [&](const char* condition) {
        return database.query_number((std::string("SELECT count(*) FROM session WHERE ") + condition).c_str());
    };
    CHECK(count("session = 1 AND ended_at = 1500 AND reason = 'quit'") == 1);
    CHECK(count("session = 2 AND ended_at = 5000 AND reason = 'shutdown'") == 1);
    CHECK(count("session = 3 AND ended_at = 9000 AND reason = 'shutdown'") == 1);  // never before it began
}

TEST_CASE("open sessions are ended at the time of the last entry in the log", "[database]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    database.end_open_sessions(0);
    add_session(database, 1, 1000);
    add_session(database, 2, 4000);
    add_message(database, 3, 7000);
    add_message(database, 4, 6000);  // a clock set back: the last is the one with the highest id
    SECTION("a message") {
        database.end_open_sessions(0);
        CHECK(database.query_number("SELECT count(*) FROM session WHERE ended_at = 6000 AND reason = 'shutdown'") == 2);
    }
    SECTION("a session") {
        add_session(database, 5, 8000);
        database.end_open_sessions(0);
        CHECK(database.query_number("SELECT count(*) FROM session WHERE ended_at = 8000") == 3);
    }
    SECTION("no message at all") {
        database.execute("DELETE FROM message");
        database.end_open_sessions(0);
        CHECK(database.query_number("SELECT count(*) FROM session WHERE ended_at = 4000") == 2);
    }
}

TEST_CASE("open files are ended below a number, and only they", "[database][R76]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    const auto add_file = [&](int id, int at, const char* stored, const char* ending) {
        database.execute(("INSERT INTO file VALUES (" + std::to_string(id) + ", " + std::to_string(at) +
                          ", 'room', 1, NULL, 'lobby', 'f', 1, 'x', NULL, " + stored + ", " + ending + ")")
                             .c_str());
        database.execute(("INSERT INTO file_receipt VALUES (" + std::to_string(id) + ", 7, " + std::to_string(at) +
                          ", " + ending + ")")
                             .c_str());
    };
    add_session(database, 1, 1000);
    add_message(database, 2, 4000);
    add_file(3, 2000, "2500", "2600, 'delivered'");
    add_file(4, 3000, "NULL", "NULL, NULL");
    add_file(5, 9000, "9500", "NULL, NULL");
    add_session(database, 6, 20'000);
    add_message(database, 7, 20'000);
    add_file(8, 20'000, "NULL", "NULL, NULL");
    const auto count = [&](const std::string& from) {
        return database.query_number(("SELECT count(*) FROM " + from).c_str());
    };
    SECTION("at a known time") {
        database.end_open_files(9200, 6);
        CHECK(count("file WHERE id = 4 AND ended_at = 9200 AND outcome = 'shutdown'") == 1);
        CHECK(count("file WHERE id = 5 AND ended_at = 9500 AND outcome = 'shutdown'") == 1);  // never before it began
        CHECK(count("file_receipt WHERE ended_at = 9200 AND outcome = 'shutdown'") == 2);
    }
    SECTION("with the last thing in the log before that number") {
        database.end_open_files(0, 6);
        CHECK(count("file WHERE id = 4 AND ended_at = 4000 AND outcome = 'shutdown'") == 1);
        CHECK(count("file_receipt WHERE file = 5 AND ended_at = 9000 AND outcome = 'shutdown'") == 1);
    }
    CHECK(count("file WHERE id = 3 AND ended_at = 2600 AND outcome = 'delivered'") == 1);
    CHECK(count("file_receipt WHERE file = 3 AND ended_at = 2600 AND outcome = 'delivered'") == 1);
    CHECK(count("file WHERE id = 8 AND ended_at IS NULL AND outcome IS NULL") == 1);
    CHECK(count("file_receipt WHERE file = 8 AND ended_at IS NULL AND outcome IS NULL") == 1);
}

TEST_CASE("a transaction that is not committed leaves nothing", "[database]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    {
        const Transaction transaction(database);
        add_session(database, 1, 1);
        CHECK(database.query_number("SELECT count(*) FROM session") == 1);
    }
    CHECK(database.query_number("SELECT count(*) FROM session") == 0);
    {
        Transaction transaction(database);
        add_session(database, 2, 1);
        transaction.commit();
    }
    CHECK(Database(directory.path()).query_number("SELECT session FROM session") == 2);
}

TEST_CASE("a second writer gets an error, and the first continues", "[database]") {
    const TemporaryDirectory directory;
    Database first(directory.path());
    Database second(directory.path());
    second.execute("PRAGMA busy_timeout = 20");
    Transaction transaction(first);
    add_session(first, 1, 1);
    CHECK_THROWS_AS(Transaction(second), DatabaseError);
    CHECK_THROWS_AS(add_session(second, 2, 1), DatabaseError);
    transaction.commit();
    add_session(second, 2, 1);
    CHECK(first.query_number("SELECT count(*) FROM session") == 2);
}

TEST_CASE("a statement can be used again, after an error too", "[database]") {
    const TemporaryDirectory directory;
    Database database(directory.path());
    Statement insert(database, "INSERT INTO event VALUES (?, ?, ?, ?, ?)");
    insert.bind(1).bind(2).bind_null().bind("kind").bind("").run();
    CHECK(database.query_number("SELECT session IS NULL AND detail = '' FROM event WHERE event = 1") == 1);
    CHECK_THROWS_AS(insert.bind(1).bind(2).bind(3).bind("again").bind("detail").run(), DatabaseError);
    insert.bind(2).bind(2).bind(3).bind("kind").bind(std::string_view("with\0nul", 8)).run();
    CHECK(database.query_number("SELECT length(CAST(detail AS BLOB)) FROM event WHERE event = 2") == 8);
    CHECK_THROWS_AS(insert.bind(1).bind(2).bind(3).bind("k").bind("d").bind("one too many"), DatabaseError);
    CHECK_THROWS_AS(Statement(database, "SELECT nonsense FROM nowhere"), DatabaseError);
    CHECK_THROWS_AS(database.query_number("SELECT nonsense FROM nowhere"), DatabaseError);
    CHECK(database.query_number("SELECT max(at) FROM message") == 0);
}

TEST_CASE("an unusable database is reported with its path and the reason", "[database]") {
    const auto problem_of = [](const std::string& directory) {
        try {
            const Database database(directory);
        } catch (const DatabaseError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    const TemporaryDirectory directory;
    const std::string missing = directory.file("none");
    CHECK(problem_of(missing).find(missing + "/chat.db") != std::string::npos);
    std::ofstream(directory.file("chat.db")) << std::string(8192, 'x');
    CHECK(problem_of(directory.path()).starts_with(directory.file("chat.db") + ": "));
    CHECK(problem_of(directory.path()).find("not a database") != std::string::npos);
}

}  // namespace database_test
