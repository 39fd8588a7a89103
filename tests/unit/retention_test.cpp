// Rows that are too old are deleted in small batches, and nothing else is; numbers continue; disk space is released.
#include "shared/log/retention.h"

#include "chat-delivery/log/room_retention.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <filesystem>
#include <string>

namespace retention_test {

using namespace chat;
using Table = Retention::Table;

namespace {

constexpr Microseconds day = 86'400'000'000;
constexpr Microseconds now = 20'000 * day;

struct Scene {
    // `count` messages numbered from `first`, all accepted at `at`, with one receipt each.
    void messages(int first, int count, Microseconds at, const char* text = "x") {
        database.execute(("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
                          " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(first + count - 1) +
                          ") INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, "
                          "characters, text) SELECT i, " +
                          std::to_string(at) + ", 'group', 1, NULL, '1234', 1, 0, 1, '" + text + "' FROM n")
                             .c_str());
        database.execute(
            "INSERT INTO receipt SELECT id, 2, 'delivered' FROM message WHERE id NOT IN (SELECT message FROM receipt)");
    }
    [[nodiscard]] std::int64_t count(const std::string& from) {
        return database.query_number(("SELECT count(*) FROM " + from).c_str());
    }
    // Runs to the end of a pass and returns the number of steps.
    int run(Table table, std::int64_t keep_days) {
        Retention retention(database, table);
        int steps = 1;
        while (retention.step(now, keep_days)) REQUIRE(++steps < 1000);
        return steps;
    }

    test::TemporaryDirectory directory;
    Database database{directory.path()};
};

}  // namespace

TEST_CASE("retention: old messages are deleted with their receipts, recent ones stay", "[retention][N03]") {
    Scene scene;
    scene.messages(1, 1700, now - 91 * day);
    scene.messages(5000, 300, now - 89 * day);
    CHECK(scene.run(Table::messages, 90) > 3);  // not all at once
    CHECK(scene.count("message") == 300);
    CHECK(scene.count("message WHERE id < 5000") == 0);
    CHECK(scene.count("receipt") == 300);
    CHECK(scene.count("receipt WHERE message < 5000") == 0);
    CHECK(scene.run(Table::messages, 90) == 1);
    CHECK(scene.count("message") == 300);
}

TEST_CASE("retention: a step is small", "[retention]") {
    Scene scene;
    scene.messages(1, 3000, now - 91 * day);
    Retention retention(scene.database, Table::messages);
    REQUIRE(retention.step(now, 90));
    CHECK(scene.count("message") == 2500);
    CHECK(scene.count("receipt") == 2500);
}

TEST_CASE("retention: without a limit everything is kept", "[retention]") {
    Scene scene;
    scene.messages(1, 10, 0);
    CHECK(scene.run(Table::messages, 0) == 1);
    CHECK(scene.count("message WHERE text = 'x'") == 10);
}

TEST_CASE("retention: the exact age", "[retention]") {
    Scene scene;
    scene.messages(1, 1, now - 90 * day - 1);
    scene.messages(2, 1, now - 90 * day);
    scene.messages(3, 1, now);
    scene.run(Table::messages, 90);
    CHECK(scene.count("message WHERE id = 1") == 0);
    CHECK(scene.count("message") == 2);
}

TEST_CASE("retention: the newest row stays for its number, without its text", "[retention][N03]") {
    Scene scene;
    scene.messages(1, 20, now - 100 * day, "secret");
    scene.database.execute("UPDATE message SET sender_name_then = 'Batman'");
    scene.database.execute("INSERT INTO event VALUES (30, 1, NULL, 'refused', 'p'), (31, 1, NULL, 'refused', 'p')");
    scene.database.execute(
        "INSERT INTO session VALUES (40, 1, 'x', 'p', 1, 2, 'quit'), (41, 1, 'x', 'p', 1, 2, 'quit')");
    for (const Table table : {Table::messages, Table::sessions, Table::events}) scene.run(table, 90);
    CHECK(scene.count("message") == 1);
    CHECK(scene.count("message WHERE id = 20 AND text IS NULL AND sender_name_then IS NULL AND characters = 1") == 1);
    CHECK(scene.count("receipt") == 1);
    CHECK(scene.count("event WHERE event = 31") == 1);
    CHECK(scene.count("event") == 1);
    CHECK(scene.count("session") == 1);
    CHECK(scene.database.highest_number() == 41);
}

TEST_CASE("retention: a clock that was wrong once delays nothing", "[retention]") {
    Scene scene;
    scene.messages(1, 3, now + 1000 * day);  // before the clock was corrected
    scene.messages(10, 700, now - 91 * day);
    scene.messages(2000, 5, now - day);
    scene.run(Table::messages, 90);
    CHECK(scene.count("message WHERE id < 10") == 3);
    CHECK(scene.count("message") == 8);
}

TEST_CASE("retention: sessions are deleted a day later, and never while they last", "[retention]") {
    Scene scene;
    const auto session = [&](int number, Microseconds begun, const std::string& ended) {
        scene.database.execute(("INSERT INTO session VALUES (" + std::to_string(number) + ", 11111, 'x', 'p', " +
                                std::to_string(begun) + ", " + ended + ", NULL)")
                                   .c_str());
    };
    session(1, now - 200 * day, "NULL");
    session(2, now - 200 * day, std::to_string(now - 5 * day));
    session(3, now - 200 * day, std::to_string(now - 92 * day));
    session(4, now - 92 * day, std::to_string(now - 91 * day + 1));
    session(5, now - 91 * day - 5, std::to_string(now - 91 * day - 1));
    session(6, now - day, "NULL");
    scene.run(Table::sessions, 90);
    CHECK(scene.count("session WHERE session IN (3, 5)") == 0);
    CHECK(scene.count("session") == 4);
}

TEST_CASE("retention: delivery's notes about messages are deleted with them", "[retention]") {
    Scene scene;
    scene.messages(1, 600, now - 91 * day);
    scene.messages(1000, 2, now);
    scene.database.execute("UPDATE receipt SET outcome = 'discarded' WHERE message IN (5, 6, 1000)");
    CHECK(scene.count("late_discard") == 3);
    scene.database.execute(
        ("INSERT INTO log_lag VALUES (1, 1, 1), (" + std::to_string(now / 3'600'000'000) + ", 1, 1)").c_str());
    scene.run(Table::messages, 90);
    CHECK(scene.count("late_discard") == 1);
    CHECK(scene.count("late_discard WHERE message = 1000 AND receiver = 2") == 1);
    CHECK(scene.count("log_lag") == 1);
}

TEST_CASE("retention: files are deleted with their receipts, the newest keeps its number and loses its name",
          "[retention][files][R76]") {
    Scene scene;
    const auto files = [&](int first, int count, Microseconds at) {
        scene.database.execute(("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
                                " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(first + count - 1) +
                                ") INSERT INTO file (id, at, kind, sender, name, size, sha256) SELECT i, " +
                                std::to_string(at) + ", 'direct', 1, 'photo.jpg', 1, 'x' FROM n")
                                   .c_str());
        scene.database.execute(
            ("INSERT INTO file_receipt (file, receiver, offered_at) SELECT id, 2, at FROM file WHERE id >= " +
             std::to_string(first))
                .c_str());
    };
    files(1, 700, now - 91 * day);
    files(1000, 5, now - 89 * day);
    scene.messages(2000, 1, now - 91 * day);
    CHECK(scene.run(Table::files, 90) >= 2);
    CHECK(scene.count("file") == 5);
    CHECK(scene.count("file_receipt") == 5);
    CHECK(scene.count("file WHERE name = 'photo.jpg'") == 5);
    scene.run(Table::files, 80);
    CHECK(scene.count("file") == 1);
    CHECK(scene.count("file WHERE id = 1004 AND name IS NULL") == 1);
    CHECK(scene.count("message") == 1);
    scene.run(Table::files, 0);
    CHECK(scene.count("file_receipt WHERE file = 1004") == 1);
}

TEST_CASE(
    "retention: topics of a room are deleted in small batches, also without messages; the newest keeps its number",
    "[retention]") {
    Scene scene;
    const auto topics = [&](int first, int count, const char* room, Microseconds at) {
        scene.database.execute(("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
                                " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(first + count - 1) +
                                ") INSERT INTO topic (id, at, room, name, proven, text) SELECT i, " +
                                std::to_string(at) + ", '" + room + "', 'Batman', 0, 'Be kind' FROM n")
                                   .c_str());
    };
    scene.database.execute(
        "INSERT INTO room (name, since, keep_days) VALUES ('Cave', 1, 7), ('attic', 1, 7),"
        " ('lobby', 1, NULL)");
    topics(1, 1200, "cave", now - 8 * day);
    topics(2000, 3, "cave", now - 6 * day);
    topics(3000, 3, "lobby", now - 8 * day);
    topics(4000, 2, "attic", now - 8 * day);
    RoomRetention retention(scene.database);
    REQUIRE(retention.step(now));
    CHECK(scene.count("topic WHERE room = 'cave'") == 703);
    int steps = 1;
    while (retention.step(now)) REQUIRE(++steps < 100);
    CHECK(scene.count("topic WHERE room = 'cave'") == 3);
    CHECK(scene.count("topic WHERE room = 'lobby' AND text IS NOT NULL") == 3);
    CHECK(scene.count("topic WHERE room = 'attic'") == 1);
    CHECK(scene.count("topic WHERE id = 4001 AND text IS NULL") == 1);
    CHECK(scene.database.highest_number() == 4001);
}

TEST_CASE("the log notes which delivery was given up after its row was written", "[retention][database][R14]") {
    Scene scene;
    scene.database.execute(
        "INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, text) VALUES "
        "(1, 1, 'direct', 1, 2, NULL, 1, 0, 1, 'x'), (2, 1, 'direct', 1, 3, NULL, 1, 1, 1, "
        "'x')");
    scene.database.execute("UPDATE message SET discarded = 1");
    scene.database.execute("UPDATE message SET discarded = 1");
    CHECK(scene.count("late_discard") == 1);
    CHECK(scene.count("late_discard WHERE message = 1 AND receiver = 2") == 1);
}

TEST_CASE("retention: disk space is released piece by piece", "[retention]") {
    Scene scene;
    scene.messages(1, 20'000, now - 91 * day, std::string(200, 'x').c_str());
    scene.messages(30'000, 100, now);
    scene.database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    const auto full = std::filesystem::file_size(scene.directory.file("chat.db"));
    scene.run(Table::messages, 90);
    int steps = 1;
    while (release_free_pages(scene.database)) REQUIRE(++steps < 1000);
    CHECK(steps > 5);
    scene.database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    const auto left = std::filesystem::file_size(scene.directory.file("chat.db"));
    CHECK(full > 5'000'000);
    CHECK(left < 1'500'000);
    CHECK(scene.database.query_number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
    CHECK(scene.count("message") == 100);
}

}  // namespace retention_test
