// The names that clients watch: they follow from the records, and a successor can take over at any point.
#include "chat-acceptor/state/watches.h"

#include "shared/records/watch.h"
#include "tests/support/catch.h"
#include "tests/unit/crossed_record.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <random>
#include <string>
#include <vector>

namespace watches_test {

using namespace chat;
using test::Publishing;
using test::ScratchSegment;
using Form = WatchChange::Form;

namespace {

constexpr SlotId one{0, 1};
constexpr SlotId two{1, 1};

std::string rows_of(std::initializer_list<WatchChange> changes) {
    std::string rows;
    for (const WatchChange& change : changes) append_watch_change(rows, change);
    return rows;
}

void change(Publishing& acceptor, SlotId client, std::initializer_list<WatchChange> changes) {
    std::string text;
    const std::string rows = rows_of(changes);
    acceptor.publisher.publish(acceptor.about(client, records::Watched{.rows = rows}.record(text)));
}

std::string names_of(const Watches& watches, SlotId client) {
    std::string names;
    for (const WatchRow* row : watches.of(client)) {
        names.append(names.empty() ? "" : " ").append(row->name.view());
        names += row->is_here != 0 ? '+' : '-';
    }
    return names;
}

struct Scene {
    Scene() : acceptor(scratch.segment) {
        for (const SlotId client : {one, two})
            acceptor.connect(client, 11111 + client.slot, "name" + std::to_string(client.slot));
    }
    Watches& watches() { return acceptor.tables.watches; }

    ScratchSegment scratch;
    Publishing acceptor;
};

}  // namespace

TEST_CASE("watches: records of what is watched come back", "[records][watches]") {
    const std::string rows =
        rows_of({{Form::here, "Ann"}, {Form::gone, "ben"}, {Form::removed, "Cid"}, {Form::cleared}});
    std::string text;
    const records_test::Crossed crossed(records::Watched{.rows = rows, .lines = "731 :ben\n"}.record(text));
    auto watched = records::Watched::of(crossed.record);
    CHECK(watched.lines == "731 :ben\n");
    CHECK(take_watch_change(watched.rows) == WatchChange{Form::here, "Ann"});
    CHECK(take_watch_change(watched.rows) == WatchChange{Form::gone, "ben"});
    CHECK(take_watch_change(watched.rows) == WatchChange{Form::removed, "Cid"});
    CHECK(take_watch_change(watched.rows) == WatchChange{Form::cleared});
    CHECK_FALSE(take_watch_change(watched.rows));
    for (const std::string_view damaged : {std::string_view("\x04\0", 2), std::string_view("\x01\x09x", 3)}) {
        std::string_view rest = damaged;
        CHECK_FALSE(take_watch_change(rest));
    }
    for (const bool is_here : {false, true}) {
        const std::vector<SlotId> receivers{one, two};
        const records_test::Crossed presence(records::Presence{"Ann", is_here, receivers}.record());
        CHECK(records::Presence::of(presence.record).name == "Ann");
        CHECK(records::Presence::of(presence.record).is_here == is_here);
        CHECK(records::Presence::of(presence.record).receivers.size() == 2);
    }
}

TEST_CASE("watches: a client has each name once, in the order in which it came", "[watches]") {
    Scene scene;
    change(scene.acceptor, one, {{Form::gone, "Zoe"}, {Form::here, "Ann"}, {Form::gone, "zoe"}});
    change(scene.acceptor, one, {{Form::removed, "nobody"}, {Form::gone, "Ben"}});
    change(scene.acceptor, two, {{Form::gone, "zoe"}});
    CHECK(names_of(scene.watches(), one) == "Zoe- Ann+ Ben-");
    CHECK(scene.watches().count(one) == 3);
    CHECK(scene.watches().watchers_of("ZOE") == std::vector{one, two});
    change(scene.acceptor, one, {{Form::removed, "ANN"}});
    CHECK(names_of(scene.watches(), one) == "Zoe- Ben-");
    change(scene.acceptor, one, {{Form::cleared}});
    CHECK(scene.watches().of(one).empty());
    CHECK(scene.watches().watchers_of("zoe") == std::vector{two});
}

TEST_CASE("watches: all watchers are told of a change that they have not been told", "[watches]") {
    Scene scene;
    change(scene.acceptor, one, {{Form::gone, "Name1"}, {Form::gone, "somebody"}});
    CHECK_FALSE(scene.watches().find_news(scene.acceptor.sessions));
    scene.acceptor.publisher.publish(scene.acceptor.about(two, RecordKind::online));
    CHECK(scene.watches().may_have_news());
    const auto news = scene.watches().find_news(scene.acceptor.sessions);
    REQUIRE(news);
    CHECK(news->name == "name1");
    CHECK(news->has_it == two);
    CHECK(news->receivers == std::vector{one});
    // A successor knows it from the rows alone.
    CHECK(Watches(scene.scratch.segment).find_news(scene.acceptor.sessions));
    const records::Presence presence{news->name, true, news->receivers};
    scene.acceptor.publisher.publish(scene.acceptor.about(two, presence.record()));
    CHECK_FALSE(scene.watches().find_news(scene.acceptor.sessions));
    CHECK_FALSE(Watches(scene.scratch.segment).find_news(scene.acceptor.sessions));
    const std::string name = "name2";
    scene.acceptor.publisher.publish(
        scene.acceptor.about(two, records::Renamed{.name = name, .old_name = "name1"}.record()));
    const auto gone = scene.watches().find_news(scene.acceptor.sessions);
    REQUIRE(gone);
    CHECK(gone->name == "name1");
    CHECK_FALSE(gone->has_it);
}

TEST_CASE("watches: a client that leaves no longer watches anything, and its rows are free", "[watches]") {
    Scene scene;
    const std::size_t places = scene.watches().free_places();
    CHECK(places == watches_per_slot * scene.scratch.segment.slots().size());
    change(scene.acceptor, one, {{Form::gone, "a"}, {Form::gone, "b"}});
    CHECK(scene.watches().free_places() == places - 2);
    scene.acceptor.publisher.publish(scene.acceptor.departure(one, LeaveReason::quit));
    CHECK(scene.watches().free_places() == places);
    CHECK(Watches(scene.scratch.segment).free_places() == places);
    CHECK(scene.watches().watchers_of("a").empty());
    // Without places, further names are left out.
    for (std::size_t i = 0; i < places + 2; ++i) {
        const std::string name = "n" + std::to_string(i);
        change(scene.acceptor, two, {{Form::gone, name}});
        QueueWords& words = scene.scratch.segment.words();
        words.head = words.logged = words.sessions_logged = words.tail.load();
        REQUIRE(scene.acceptor.publisher.has_room());
    }
    CHECK(scene.watches().count(two) == places);
    CHECK(scene.watches().free_places() == 0);
}

TEST_CASE("watches: any history, applied again or taken up by a successor at any point", "[watches][N01]") {
    const std::vector<std::string> names = {"a", "B", "b", "name0", "Name1"};
    const auto picture = [](const Tables& tables) {
        std::string text;
        for (std::uint32_t slot = 0; slot < 4; ++slot) {
            const SlotId client{slot, tables.sessions.row(slot).generation};
            text += names_of(tables.watches, client) + '\n';
        }
        return text + std::to_string(tables.watches.free_places());
    };
    for (unsigned history = 0; history < 20; ++history) {
        std::mt19937 random(history);
        const auto below = [&random](unsigned limit) { return static_cast<std::uint32_t>(random() % limit); };
        const ScratchSegment scratch;
        Publishing live(scratch.segment);
        std::vector<SlotId> clients;
        for (std::uint32_t slot = 0; slot < 4; ++slot) clients.push_back({slot, 0});
        for (int step = 0; step < 80; ++step) {
            SlotId& client = clients[below(4)];
            const std::string& name = names[below(5)];
            std::string text;
            std::string rows;
            std::vector<SlotId> receivers;
            std::string own = "name" + std::to_string(client.slot);
            Record record;
            if (live.sessions.row(client.slot).state != SlotState::connected) {
                ++client.generation;
                record = live.newcomer(client, 11111 + client.slot, own);
            } else if (const auto what = below(8); what == 0) {
                record = live.departure(client, LeaveReason::quit);
            } else if (what == 1) {
                record = live.about(client, RecordKind::online);
            } else if (const auto news = live.tables.watches.find_news(live.sessions); news && what < 4) {
                own = news->name;
                receivers = news->receivers;
                record = records::Presence{own, news->has_it.has_value(), receivers}.record();
            } else {
                append_watch_change(rows, {static_cast<Form>(what % 4), name});
                append_watch_change(rows, {static_cast<Form>(what % 4), names[below(5)]});
                record = live.about(client, records::Watched{.rows = rows}.record(text));
            }
            // The effects of the last record may be partly there, or not at all.
            const Position before = scratch.segment.words().checkpoint;
            live.publisher.publish(record);
            scratch.segment.words().head = scratch.segment.words().logged = scratch.segment.words().sessions_logged =
                scratch.segment.words().tail.load();
            INFO("history " << history << ", step " << step);
            CHECK(picture(Tables(scratch.segment)) == picture(live.tables));
            Publishing successor(scratch.segment);
            scratch.segment.words().checkpoint = before;
            successor.publisher.redo([](const Record&, Position, Position) {});
            REQUIRE(picture(successor.tables) == picture(live.tables));
        }
    }
}

}  // namespace watches_test
