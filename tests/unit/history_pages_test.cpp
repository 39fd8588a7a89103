// Pages of history: which rows they have, compared with a plain search through all rows.
#include "chat-acceptor/questions/history_pages.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <random>
#include <string>
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

TEST_CASE("history: pages have the same rows as a plain search", "[history]") {
    Log log;
    std::mt19937 random(7);
    const auto below = [&random](std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>(0, most - 1)(random);
    };
    const std::vector<std::string> rooms = {"cave", "lobby", "attic"};
    std::vector<Ids> said(rooms.size());
    log.database.execute("BEGIN");
    for (std::uint64_t id = 10; id < 600; id += 1 + below(4)) {
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
    log.database.execute("COMMIT");
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

TEST_CASE("history: rows from before the migration are not shown", "[history]") {
    Log log;
    log.say(5, "cave");
    log.say(6, "cave");
    log.database.execute("UPDATE history_state SET value = 5 WHERE key = 'begin'");
    CHECK(log.read(about("cave")).ids == Ids{6});
}

TEST_CASE("history: a page begins at the first row of a time", "[history]") {
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

TEST_CASE("history: a conversation has the messages of its two accounts that arrived", "[history]") {
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

TEST_CASE("history: the lines of a page have a maximum size, but there is at least one", "[history]") {
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

}  // namespace history_pages_test
