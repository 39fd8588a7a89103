// The log stays below its size: the oldest rows of all tables go first, and numbers continue.
#include "shared/log/size_limit.h"

#include "shared/log/retention.h"
#include "shared/log/retention_clock.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace size_limit_test {

using namespace chat;
using Writer = SizeLimit::Writer;

namespace {

constexpr Microseconds day = 86'400'000'000;

struct Scene {
    void execute(const std::string& sql) { database.execute(sql.c_str()); }
    // Rows of `table` for the numbers first, first + 2, …; VALUES as a function of i.
    void fill(const std::string& table, int first, int count, const std::string& values) {
        execute("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
                " UNION ALL SELECT i + 2 FROM n WHERE i < " + std::to_string(first + 2 * (count - 1)) +
                ") INSERT INTO " + table + " SELECT " + values + " FROM n");
    }
    void add_messages(int first, int count) {
        fill("message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, text)", first, count,
             "i, 5, 'group', 1, NULL, '1234', 1, 0, 1, '" + std::string(400, 'x') + "'");
        execute("INSERT OR IGNORE INTO receipt SELECT id, 2, 'delivered' FROM message");
    }
    void add_sessions(int first, int count) {
        fill("session", first, count,
             "i, 10000, '" + std::string(30, 'x') + "', '" + std::string(400, 'p') + "', 1, 2, 'quit'");
    }
    [[nodiscard]] std::int64_t number(const std::string& query) { return database.query_number(query.c_str()); }
    [[nodiscard]] std::int64_t size() {
        execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return static_cast<std::int64_t>(std::filesystem::file_size(directory.file("chat.db")));
    }
    // Each process does its part until neither has anything to do.
    int limit(std::int64_t max_mb) {
        SizeLimit delivery(database, Writer::delivery);
        SizeLimit acceptor(database, Writer::acceptor);
        int steps = 1;
        for (bool more = true; more; ++steps) {
            REQUIRE(steps < 10'000);
            more = delivery.step(max_mb);
            more = acceptor.step(max_mb) || more;
        }
        return steps;
    }

    test::TemporaryDirectory directory;
    Database database{directory.path()};
};

}  // namespace

TEST_CASE("size limit: the oldest messages are deleted with their receipts, a few at a time", "[retention][N03]") {
    Scene scene;
    scene.add_messages(1, 20'000);
    REQUIRE(scene.size() > 5'000'000);
    CHECK(scene.limit(3) > 10);
    CHECK(scene.size() <= 3'000'000);
    const std::int64_t left = scene.number("SELECT count(*) FROM message");
    CHECK(left > 2000);
    CHECK(scene.number("SELECT max(id) FROM message") == 39'999);
    CHECK(scene.number("SELECT min(id) FROM message") == 39'999 - 2 * (left - 1));
    CHECK(scene.number("SELECT count(*) FROM receipt") == left);
    CHECK(scene.limit(3) == 2);
}

TEST_CASE("size limit: the file becomes shorter, as soon as no reader is in the way", "[retention]") {
    Scene scene;
    scene.add_messages(1, 20'000);
    const auto size = [&] { return std::filesystem::file_size(scene.directory.file("chat.db")); };
    scene.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    REQUIRE(size() > 5'000'000);
    SizeLimit delivery(scene.database, Writer::delivery);
    {
        Database reader(scene.directory.path());
        reader.execute("BEGIN");
        REQUIRE(reader.query_number("SELECT count(*) FROM message") == 20'000);
        for (int steps = 0; delivery.step(3); ++steps) REQUIRE(steps < 10'000);
        CHECK(size() > 5'000'000);
    }
    CHECK_FALSE(delivery.step(3));
    CHECK(size() <= 3'000'000);
}

TEST_CASE("size limit: without a limit, and below it, nothing is deleted", "[retention]") {
    Scene scene;
    scene.add_messages(1, 5000);
    for (const std::int64_t max_mb : {0, 100}) {
        scene.limit(max_mb);
        CHECK(scene.number("SELECT count(*) FROM message") == 5000);
    }
}

TEST_CASE("size limit: the tables lose their oldest rows together", "[retention]") {
    Scene scene;
    scene.add_messages(1, 10'000);
    scene.add_sessions(2, 10'000);
    scene.limit(3);
    CHECK(scene.size() <= 3'000'000);
    const std::int64_t message = scene.number("SELECT min(id) FROM message");
    const std::int64_t session = scene.number("SELECT min(session) FROM session");
    CHECK(message > 5000);
    CHECK(std::abs(message - session) < 2000);
}

TEST_CASE("size limit: a process does not delete what is newer than the other's oldest rows", "[retention]") {
    Scene scene;
    scene.add_sessions(2, 5000);
    scene.add_messages(20'001, 5000);
    SizeLimit delivery(scene.database, Writer::delivery);
    for (int i = 0; i < 100; ++i) (void)delivery.step(1);
    CHECK(scene.number("SELECT count(*) FROM message") == 5000);
}

TEST_CASE("size limit: the newest row of each table, open sessions and open files stay", "[retention][N03]") {
    Scene scene;
    scene.execute(
        "INSERT INTO session VALUES (1, 10000, 'there', 'p', 1, NULL, NULL);"
        "INSERT INTO file (id, at, kind, sender, receiver, channel, name, size, sha256)"
        " VALUES (2, 1, 'room', 1, NULL, 'lobby', 'open', 1, 'x'), (4, 1, 'room', 1, NULL, 'lobby', 'newest', 1, 'x');"
        "INSERT INTO event VALUES (6, 1, NULL, 'refused', 'old'), (8, 1, NULL, 'refused', 'newest')");
    scene.add_messages(101, 10'000);
    scene.limit(1);
    CHECK(scene.number("SELECT count(*) FROM session") == 1);
    CHECK(scene.number("SELECT count(*) FROM file") == 2);
    CHECK(scene.number("SELECT count(*) FROM event WHERE detail = 'newest'") == 1);
    CHECK(scene.number("SELECT count(*) FROM event") == 1);
    CHECK(scene.database.highest_number() == 20'099);
}

TEST_CASE("size limit: a limit below what must stay does no harm", "[retention]") {
    Scene scene;
    scene.fill("session", 1, 20'000, "i, 10000, '" + std::string(30, 'x') + "', 'p', 1, NULL, NULL");
    scene.limit(1);
    CHECK(scene.number("SELECT count(*) FROM session") == 20'000);
}

TEST_CASE("a clock that jumps ahead keeps rows from being deleted for a day", "[retention][N03]") {
    using Verdict = RetentionClock::Verdict;
    constexpr Microseconds begin = 20'000 * day;
    constexpr Microseconds minute = 60'000'000;
    RetentionClock clock(begin, 0);
    CHECK(clock.check(begin + 10 * minute, 10 * minute) == Verdict::trusted);
    CHECK(clock.check(begin + 40 * day, 40 * day) == Verdict::trusted);  // asleep
    CHECK(clock.check(begin + 140 * day, 40 * day + minute) == Verdict::jumped);
    CHECK(clock.check(begin + 140 * day + minute, 40 * day + 2 * minute) == Verdict::doubted);
    SECTION("until a day has passed") {
        CHECK(clock.check(begin + 141 * day, 41 * day) == Verdict::doubted);
        CHECK(clock.check(begin + 141 * day + 2 * minute, 41 * day + 2 * minute) == Verdict::trusted);
    }
    SECTION("until it is set back") {
        CHECK(clock.check(begin + 40 * day + 3 * minute, 40 * day + 3 * minute) == Verdict::trusted);
    }
    SECTION("a smaller jump, as when a time zone was wrong, changes nothing") {
        RetentionClock other(begin, 0);
        CHECK(other.check(begin + day / 2, minute) == Verdict::trusted);
        CHECK(other.check(begin, 2 * minute) == Verdict::trusted);
    }
}

}  // namespace size_limit_test
