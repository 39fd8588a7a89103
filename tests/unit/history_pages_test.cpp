// Pages of history: which rows they have, compared with a plain search through all rows.
#include "chat-acceptor/questions/history_pages.h"

#include "chat-acceptor/questions/recent_deletions.h"
#include "chat-delivery/log/history_index.h"
#include "chat-delivery/log/room_retention.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace history_pages_test {

using namespace chat;
using namespace chat::test;

namespace {

using Side = HistoryQuestion::Select;
using Ids = std::vector<std::uint64_t>;

struct Page {
    Ids ids;
    bool more;
    std::uint64_t count;
};

Page page_of(const Answer& answer) {
    const auto read = HistoryAnswer::of(answer);
    REQUIRE(read);
    REQUIRE(!read->refusal);
    Page page{{}, read->more, read->count};
    std::string_view rows = read->rows;
    while (const auto row = take_history_info(rows)) page.ids.push_back(row->id);
    REQUIRE(rows.empty());
    REQUIRE(page.count == page.ids.size());
    return page;
}

struct Log {
    Log() : database(directory.path()) {
        database.execute(
            "INSERT INTO session (session, client_id, name, peer, connected_at) VALUES (1, 10001, 'Ann', '', 0)");
    }
    void add(std::uint64_t id, const std::string& values) {
        database.execute(("INSERT INTO message (id, at, kind, sender, receivers, discarded, characters, channel, text,"
                          " sender_name_then, sender_account, receiver_account) VALUES (" +
                          std::to_string(id) + ", " + std::to_string(id * 1000) + ", " + values + ")")
                             .c_str());
    }
    void say(std::uint64_t id, const std::string& room, const std::string& text = "text") {
        add(id, "'room', 1, 1, 0, 4, '" + room + "', '" + text + "', 'Ann', NULL, NULL");
    }
    Page read(const HistoryQuestion& asked, std::uint64_t upto = 1'000'000) {
        return page_of(HistoryPages(directory.path()).read(asked, upto));
    }
    TemporaryDirectory directory;
    Database database;
};

HistoryQuestion about(std::string_view room) {
    return {.room = room, .limit = 100, .bytes = 48'000};
}

}  // namespace

TEST_CASE("history: pages have the same rows as a plain search", "[history][N11]") {
    Log log;
    std::mt19937 random(7);
    const auto below = [&random](std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(0, most - 1)(random);
    };
    const std::vector<std::string> rooms = {"cave", "lobby", "attic"};
    std::vector<Ids> said(rooms.size());
    // The index goes up to some row; each step of it has its own block.
    std::optional<HistoryIndex> index(log.database);
    const std::uint64_t last_indexed = GENERATE(0U, 300U, 1000U);
    for (std::uint64_t id = 10; id < 600; id += 1 + below(4)) {
        if (id <= last_indexed && below(20) == 0) {
            index.emplace(log.database);
            (void)index->step();
        }
        const std::size_t room = below(rooms.size());
        if (below(5) == 0) {
            log.add(id, "'room', 1, 1, 0, 4, '" + rooms[room] + "', NULL, 'Ann', NULL, NULL");  // forgotten
            continue;
        }
        log.say(id, below(2) == 0 ? rooms[room] : std::string("C") + rooms[room].substr(1));
        if (log.database.query_number(
                ("SELECT channel = '" + rooms[room] + "' COLLATE NOCASE FROM message WHERE id = " + std::to_string(id))
                    .c_str()) != 0)
            said[room].push_back(id);
    }
    if (last_indexed > 600) (void)HistoryIndex(log.database).step();
    for (int round = 0; round < 300; ++round) {
        const std::size_t room = below(rooms.size());
        HistoryQuestion asked = about(rooms[room]);
        asked.limit = 1 + below(12);
        asked.opened = below(3) == 0 ? below(600) : 0;
        asked.joined = below(3) == 0 ? below(600) : 0;
        asked.lowest = below(600);
        asked.highest = below(2) == 0 ? below(700) : ~std::uint64_t{0};
        const std::uint64_t upto = below(2) == 0 ? below(700) : 10'000;
        const std::uint64_t low = std::max({asked.opened, asked.joined, asked.lowest});
        const std::uint64_t high = std::min(asked.highest, upto);
        Ids visible;
        for (const std::uint64_t id : said[room])
            if (id >= low && id <= high) visible.push_back(id);
        const std::size_t count = std::min<std::size_t>(asked.limit, visible.size());
        asked.select = Side::newest;
        Page page = log.read(asked, upto);
        CHECK(page.ids == Ids(visible.end() - static_cast<std::ptrdiff_t>(count), visible.end()));
        CHECK(page.more == (visible.size() > count));
        asked.select = Side::oldest;
        page = log.read(asked, upto);
        CHECK(page.ids == Ids(visible.begin(), visible.begin() + static_cast<std::ptrdiff_t>(count)));
        CHECK(page.more == (visible.size() > count));
        asked.select = Side::around;
        asked.middle = below(700);
        page = log.read(asked, upto);
        CHECK(page.ids.size() == count);
        CHECK(page.more == (visible.size() > count));
        CHECK((page.ids.empty() ||
               std::search(visible.begin(), visible.end(), page.ids.begin(), page.ids.end()) != visible.end()));
        if (std::binary_search(visible.begin(), visible.end(), asked.middle))
            CHECK(std::binary_search(page.ids.begin(), page.ids.end(), asked.middle));
    }
}

TEST_CASE("history: the index of long gaps and of conversations is the same as a search", "[history][N11]") {
    Log log;
    const auto write = [&](std::uint64_t id, const std::string& from, const std::string& to, bool discarded = false) {
        log.add(id, "'direct', 1, 1, " + std::string(discarded ? "1" : "0") + ", 4, NULL, 'text', 'Ann', " + from +
                        ", " + to);
    };
    Ids ids;
    for (std::uint64_t distance = 1, id = 5; distance < 1'000'000'000'000; distance *= 5, id += distance) {
        write(id, ids.size() % 2 == 0 ? "7" : "12", ids.size() % 2 == 0 ? "12" : "7");
        ids.push_back(id);
    }
    write(ids.back() + 1, "7", "12", true);
    write(ids.back() + 2, "7", "NULL");
    const HistoryQuestion asked{.account = 12, .other = 7, .limit = 100, .bytes = 48'000};
    const std::uint64_t upto = ids.back() + 10;
    HistoryIndex index(log.database);
    (void)index.step();
    CHECK(log.database.query_number("SELECT value FROM history_state WHERE key = 'indexed'") ==
          std::int64_t(ids.back() + 2));
    CHECK(log.database.query_number("SELECT count(*) FROM history") == 1);
    CHECK(log.read(asked, upto).ids == ids);
    write(ids.back() + 3, "7", "12");
    ids.push_back(ids.back() + 3);
    CHECK(log.read(asked, upto).ids == ids);
}

TEST_CASE("history: while the index is far behind, a page is incomplete and says so", "[history][N11]") {
    Log log;
    log.say(10, "cave");
    HistoryIndex index(log.database);
    (void)index.step();
    log.say(20, "cave");
    log.say(2'000'000, "cave");
    log.say(2'000'001, "cave");
    const auto read = [&](HistoryQuestion asked) {
        const Answer answer = HistoryPages(log.directory.path()).read(asked, 3'000'000);
        const auto page = HistoryAnswer::of(answer);
        REQUIRE(page);
        return std::pair(page_of(answer), page->complete);
    };
    HistoryQuestion asked = about("cave");
    CHECK(read(asked).first.ids == Ids{2'000'000, 2'000'001});
    CHECK(read(asked).first.more);
    CHECK_FALSE(read(asked).second);
    asked.limit = 1;
    CHECK(read(asked).first.ids == Ids{2'000'001});
    CHECK(read(asked).second);
    asked.limit = 10;
    asked.select = Side::oldest;
    CHECK(read(asked).first.ids == Ids{10, 20});
    CHECK(read(asked).first.more);
    CHECK_FALSE(read(asked).second);
    (void)index.step();
    HistoryIndex again(log.database);
    (void)again.step();
    CHECK(read(asked).first.ids == Ids{10, 20, 2'000'000, 2'000'001});
    CHECK(read(asked).second);
    asked.select = Side::newest;
    CHECK(read(asked).first.ids == Ids{10, 20, 2'000'000, 2'000'001});
}

TEST_CASE("history: a block and the mark are written together", "[history][N11]") {
    Log log;
    log.say(7, "cave");
    HistoryIndex index(log.database);
    log.database.execute("CREATE TRIGGER full BEFORE INSERT ON history BEGIN SELECT raise(ABORT, 'full'); END");
    CHECK_THROWS_AS(index.step(), DatabaseError);
    CHECK(log.database.query_number("SELECT value FROM history_state WHERE key = 'indexed'") == 0);
    CHECK(log.read(about("cave")).ids == Ids{7});
    log.database.execute("DROP TRIGGER full");
    (void)HistoryIndex(log.database).step();
    CHECK(log.database.query_number("SELECT value FROM history_state WHERE key = 'indexed'") == 7);
    CHECK(log.read(about("cave")).ids == Ids{7});
}

TEST_CASE("history: blocks of deleted messages are removed", "[history][N11]") {
    Log log;
    HistoryIndex index(log.database);
    for (std::uint64_t id = 1; id <= 30; ++id) {
        log.say(id, "room" + std::to_string(id % 3));
        if (id % 10 == 0) (void)HistoryIndex(log.database).step();
    }
    CHECK(log.database.query_number("SELECT count(*) FROM history") == 9);
    log.database.execute("DELETE FROM message WHERE id < 15");
    while (index.clean()) continue;
    CHECK(log.database.query_number("SELECT count(*) FROM history") == 6);
    CHECK(log.read(about("room0")).ids == Ids{15, 18, 21, 24, 27, 30});
    CHECK(log.database.query_number("SELECT count(*) FROM place") == 3);
    log.database.execute("DELETE FROM message WHERE id < 30");
    while (index.clean()) continue;
    CHECK(log.database.query_number("SELECT count(*) FROM place") == 1);
    CHECK(log.read(about("room0")).ids == Ids{30});
    CHECK_FALSE(index.clean());
}

TEST_CASE("history: old messages of a room are deleted by its own age", "[history][N11]") {
    constexpr Microseconds day = 86'400'000'000;
    Log log;
    for (std::uint64_t id = 1; id <= 40; ++id) {
        log.say(id, id % 2 == 0 ? "cave" : "attic");
        if (id % 10 == 0) (void)HistoryIndex(log.database).step();
    }
    log.database.execute(
        "INSERT INTO room (name, history, since, keep_days) VALUES ('Cave', NULL, 0, 2), ('attic', 'on', 0, NULL)");
    RoomRetention retention(log.database);
    while (retention.step(2 * day + 25'000)) continue;
    CHECK(log.database.query_number("SELECT count(*) FROM message WHERE channel = 'attic'") == 20);
    CHECK(log.database.query_number("SELECT min(id) FROM message WHERE channel = 'cave'") == 26);
    CHECK(log.database.query_number("SELECT count(*) FROM history") == 6);
    while (retention.step(100 * day)) continue;
    CHECK(log.database.query_number("SELECT min(id) FROM message WHERE channel = 'cave'") == 40);  // the newest row
    log.say(41, "attic");
    while (retention.step(100 * day)) continue;
    CHECK(log.database.query_number("SELECT count(*) FROM message WHERE channel = 'cave'") == 0);
    CHECK(log.database.query_number("SELECT count(*) FROM history JOIN place USING (place) WHERE name = 'cave'") == 0);
}

TEST_CASE("history: numbers that no message has do not make a page incomplete", "[history][N11]") {
    Log log;
    log.say(10, "cave");
    const Answer answer = HistoryPages(log.directory.path()).read(about("cave"), 3'000'000);
    CHECK(page_of(answer).ids == Ids{10});
    CHECK(HistoryAnswer::of(answer)->complete);
}

TEST_CASE("history: rows from before the migration are not shown", "[history][N11]") {
    Log log;
    log.say(5, "cave");
    log.say(6, "cave");
    log.database.execute("UPDATE history_state SET value = 5 WHERE key = 'begin'");
    CHECK(log.read(about("cave")).ids == Ids{6});
}

TEST_CASE("history: a page begins at the first row of a time", "[history][N11]") {
    Log log;
    for (std::uint64_t id = 10; id < 100; id += 7) log.say(id, id % 2 == 0 ? "cave" : "attic");
    HistoryQuestion asked = about("cave");
    asked.select = Side::oldest;
    asked.since = 50'000;
    CHECK(log.read(asked).ids == Ids{52, 66, 80, 94});
    asked.since = 52'000;
    CHECK(log.read(asked).ids.front() == 52);
    asked.since = 52'001;
    CHECK(log.read(asked).ids.front() == 66);
    asked.since = 200'000;
    CHECK(log.read(asked).ids.empty());
    asked.since = 0;
    asked.registered = 80'000;
    CHECK(log.read(asked).ids == Ids{80, 94});
}

TEST_CASE("history: a conversation has the messages of its two accounts that arrived", "[history][N11]") {
    Log log;
    const auto write = [&](std::uint64_t id, const std::string& from, const std::string& to, bool discarded = false) {
        log.add(id, "'direct', 1, 1, " + std::string(discarded ? "1" : "0") + ", 4, NULL, 'text', 'Ann', " + from +
                        ", " + to);
    };
    write(1, "7", "8");
    write(2, "8", "7");
    write(3, "7", "9");
    write(4, "NULL", "7");
    write(5, "7", "8", true);
    write(6, "7", "8");
    HistoryQuestion asked{.account = 7, .other = 8, .limit = 10, .bytes = 48'000};
    CHECK(log.read(asked).ids == Ids{1, 2, 6});
    asked.other = 9;
    CHECK(log.read(asked).ids == Ids{3});
}

TEST_CASE("history: the lines of a page have a maximum size, but there is at least one", "[history][N11]") {
    Log log;
    for (std::uint64_t id = 1; id <= 20; ++id) log.say(id, "cave", std::string(1000, 'x'));
    HistoryQuestion asked = about("cave");
    asked.bytes = 4000;
    CHECK(log.read(asked).ids == Ids{18, 19, 20});
    CHECK(log.read(asked).more);
    asked.select = Side::oldest;
    CHECK(log.read(asked).ids == Ids{1, 2, 3});
    asked.select = Side::around;
    asked.middle = 10;
    CHECK(log.read(asked).ids == Ids{9, 10, 11});
    asked.bytes = 1;
    CHECK(log.read(asked).ids == Ids{10});
    CHECK(log.read(asked).more);
    asked.limit = 0;
    CHECK(log.read(asked).ids.empty());
}

TEST_CASE("history: a page that was read before a deletion does not show the message", "[history]") {
    RecentDeletions deletions;
    std::string rows;
    for (const std::uint64_t id : {5U, 6U, 7U}) append_history_info(rows, {.id = id, .name = "Ann", .text = "hello"});
    const auto ids_at = [&](std::uint64_t upto) {
        const auto rest = deletions.without_deleted(rows, upto);
        if (!rest) return std::optional<Ids>();
        Ids ids;
        std::string_view left = rest->rows;
        while (const auto row = take_history_info(left)) ids.push_back(row->id);
        CHECK(ids.size() + rest->removed == 3);
        return std::optional(ids);
    };
    CHECK(ids_at(10) == Ids{5, 6, 7});
    deletions.note(6, 11);
    CHECK(ids_at(10) == Ids{5, 7});
    CHECK(ids_at(11) == Ids{5, 6, 7});  // the log was read after it
    for (std::uint64_t number = 12; number < 12 + 255; ++number) deletions.note(1000 + number, number);
    CHECK(ids_at(10) == Ids{5, 7});
    deletions.note(7, 400);
    CHECK_FALSE(ids_at(10));  // that the sixth was deleted is not known any more
    CHECK(ids_at(11) == Ids{5, 6});
}

}  // namespace history_pages_test
