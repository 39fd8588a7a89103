// The rows of messages: each accepted message once, with its outcome, whatever dies and whenever the database is
// available.
#include "chat-delivery/log/message_log.h"

#include "chat-delivery/outboxes.h"
#include "shared/log/database.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/deletion.h"
#include "shared/records/message.h"
#include "shared/records/room_rights.h"
#include "shared/records/session.h"
#include "shared/system/clock.h"
#include "tests/support/catch.h"
#include "tests/unit/log_scene.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace message_log_test {

using namespace chat;
using test::batman;
using test::eventually;
using test::joker;
using test::LogScene;

TEST_CASE("message log: a row of each kind of message", "[message_log][R18][R20][D04][N03]") {
    LogScene scene;
    Record direct = scene.acceptor.direct(batman, joker, "é€😀");
    direct.at = 5'000'000;
    const auto first = scene.publish(direct);
    const auto second = scene.publish(scene.acceptor.to_all(batman, ToRoom{"lobby"}, "hello"));
    const auto third = scene.publish(scene.acceptor.to_all(joker, ToEveryone{}, "to all"));
    Record group = scene.acceptor.to_all(joker, ToGroup{"1234"}, "in the group");
    const auto fourth = scene.publish(group);
    scene.publish(scene.acceptor.about(batman, RecordKind::echo));
    scene.fan_out_all();
    scene.write_all();
    CHECK(scene.count() == 4);
    CHECK(scene.count("id = " + std::to_string(first) +
                      " AND at = 5000000 AND kind = 'direct' AND sender = 1 AND receiver = 2"
                      " AND channel IS NULL AND receivers = 1 AND discarded = 0 AND characters = 3 AND text = 'é€😀'") ==
          1);
    CHECK(scene.count(
              "id = " + std::to_string(second) +
              " AND kind = 'room' AND sender = 1 AND receiver IS NULL"
              " AND channel = 'lobby' AND receivers = 1 AND discarded = 0 AND characters = 5 AND text = 'hello'") == 1);
    CHECK(scene.count("id = " + std::to_string(third) +
                      " AND kind = 'broadcast' AND sender = 2 AND receiver IS NULL"
                      " AND channel IS NULL AND receivers = 1 AND characters = 6") == 1);
    CHECK(scene.count("id = " + std::to_string(fourth) + " AND kind = 'group' AND channel = '1234'") == 1);
}

TEST_CASE("message log: the text of a message that was deleted goes, also if its records are read twice",
          "[message_log]") {
    LogScene scene;
    const auto begin = scene.scratch.segment.words().tail.load();
    Record kept = scene.acceptor.direct(batman, joker, "kept until later");
    kept.value = 7;
    kept.flags |= record_flag::kept;
    const auto first = scene.publish(kept);
    scene.publish(scene.acceptor.direct(batman, joker, "stays"));
    scene.publish(scene.acceptor.about(
        batman, records::Deleted{.to = ToClient{51990, 2, "Joker"}, .id = first, .reason = "spam"}.record()));
    scene.fan_out_all();
    const auto kept_rows = [&] { return Database(scene.directory.path()).query_number("SELECT count(*) FROM kept"); };
    for (const int time : {1, 2}) {
        INFO("time " << time);
        scene.write_all();
        CHECK(scene.count() == 2);
        CHECK(scene.count("text IS NULL AND characters = 16 AND id = " + std::to_string(first)) == 1);
        CHECK(scene.count("text = 'stays'") == 1);
        CHECK(kept_rows() == 0);
        scene.scratch.segment.words().logged = begin;  // as after a crash
    }
}

TEST_CASE("message log: a topic is a row of its own", "[message_log]") {
    const bool keeps_text = GENERATE(true, false);
    LogScene scene;
    scene.config.log_text = keeps_text;
    scene.publish(scene.acceptor.about(batman, records::Topic{.room = "cave", .text = "Bats"}.record()));
    scene.publish(records::Topic{.room = "cave", .operator_uid = 1000}.record());
    scene.fan_out_all();
    for (const int time : {1, 2}) {
        INFO("time " << time);
        scene.write_all();
        const auto count = [&](const std::string& condition) {
            return Database(scene.directory.path())
                .query_number(("SELECT count(*) FROM topic WHERE " + condition).c_str());
        };
        CHECK(count("true") == 2);
        CHECK(count("room = 'CAVE' AND session = 1 AND name = 'Batman' AND proven = 0 AND text IS " +
                    std::string(keeps_text ? "'Bats'" : "NULL")) == 1);
        CHECK(count("session IS NULL AND name = 'server'") == 1);
        CHECK(scene.count() == 0);
        scene.scratch.segment.words().logged = 0;
    }
}

TEST_CASE("message log: each row has the name that the sender had then", "[message_log]") {
    LogScene scene;
    scene.publish(scene.acceptor.direct(batman, joker, "before"));
    scene.publish(scene.acceptor.about(batman, records::Renamed{.name = "Bruce", .old_name = "Batman"}.record()));
    scene.publish(scene.acceptor.direct(batman, joker, "after"));
    scene.fan_out_all();
    scene.write_all();
    CHECK(scene.count("text = 'before' AND sender_name_then = 'Batman'") == 1);
    CHECK(scene.count("text = 'after' AND sender_name_then = 'Bruce'") == 1);
    CHECK(scene.count("sender_account IS NULL AND form IS NULL") == 2);
}

TEST_CASE("message log: only what is fanned out is written", "[message_log]") {
    LogScene scene;
    scene.publish(scene.acceptor.direct(batman, joker, "one"));
    scene.fan_out_all();
    scene.publish(scene.acceptor.direct(batman, joker, "two"));
    scene.write_all();
    CHECK(scene.count() == 1);
    CHECK(scene.count("text = 'one'") == 1);
}

TEST_CASE("message log: each message once, wherever the cursor stood at a crash", "[message_log][N01][N03]") {
    LogScene scene;
    const Position begin = scene.scratch.segment.words().tail;
    for (int i = 0; i < 100; ++i) scene.publish(scene.acceptor.direct(batman, joker, "message " + std::to_string(i)));
    scene.fan_out_all();
    scene.write_all();
    REQUIRE(scene.count() == 100);
    // The rows are committed but the cursor is not: it may be anywhere before.
    const QueueReader reader(scene.scratch.segment.queue_ring());
    const Position tail = scene.scratch.segment.words().tail;
    Position at = begin;
    for (int i = 0; i < 50; ++i) at = reader.read(at, tail)->next;
    for (const Position cursor : {begin, at, tail}) {
        scene.scratch.segment.words().logged = cursor;
        scene.publish(scene.acceptor.direct(batman, joker, "after"));
        scene.fan_out_all();
        scene.write_all();
    }
    CHECK(scene.count() == 103);
    CHECK(scene.count("text LIKE 'message %'") == 100);
    CHECK(scene.count("text = 'after'") == 3);
}

TEST_CASE("message log: a receipt for each receiver of a group's message, once", "[message_log][R72][N03]") {
    LogScene scene;
    const SlotId robin{2, 1};
    scene.acceptor.connect(robin, 30000, "Robin");
    const Position begin = scene.scratch.segment.words().tail;
    const std::vector<SlotId> members = {batman, joker, robin};
    std::vector<std::uint64_t> messages;
    for (const char* text : {"one", "two"}) {
        Record record = scene.acceptor.to_all(batman, ToGroup{"4711"}, text);
        record.receivers = members;
        messages.push_back(scene.publish(record));
    }
    Slot& slot = scene.scratch.segment.slots()[joker.slot];
    slot.gave_up_at = messages.back();
    note_given_up(slot, joker, LeaveReason::slow);
    scene.fan_out_all();
    for (int time = 0; time < 2; ++time) {
        scene.scratch.segment.words().logged = begin;  // the second time the rows exist, but the cursor is behind
        scene.write_all();
        const auto receipts = [&](const std::string& condition) {
            return Database(scene.directory.path())
                .query_number(("SELECT count(*) FROM receipt WHERE " + condition).c_str());
        };
        CHECK(receipts("true") == 4);
        CHECK(receipts("receiver = 1") == 0);
        CHECK(receipts("receiver = 3 AND outcome = 'delivered'") == 2);
        CHECK(receipts("receiver = 2 AND outcome = 'discarded' AND message = " + std::to_string(messages.back())) == 1);
        CHECK(receipts("receiver = 2 AND outcome = 'delivered'") == 1);
    }
}

TEST_CASE("message log: a message to a departed client is marked", "[message_log][R14][N03]") {
    LogScene scene;
    Outboxes outboxes(scene.scratch.segment, -1);
    outboxes.begin(joker, 2, "welcome\n");
    scene.publish(scene.acceptor.to_one_gone(batman, joker, "known to be gone"));
    const auto before = scene.publish(scene.acceptor.direct(batman, joker, "in the outbox"));
    outboxes.append(joker, before, "message\n");
    scene.publish(scene.acceptor.to_all(batman, ToRoom{"lobby"}, "room"));
    outboxes.give_up(joker, LeaveReason::slow);
    scene.publish(scene.acceptor.direct(batman, joker, "after it was given up"));
    scene.publish(scene.acceptor.to_all(batman, ToRoom{"lobby"}, "room"));
    Record to_one = scene.acceptor.to_all(batman, ToRoom{"lobby"}, "room");
    to_one.receivers = {&joker, 1};
    scene.publish(to_one);
    const SlotId impossible{77, 1};
    Record lost = scene.acceptor.direct(batman, joker, "to no slot");
    lost.receivers = {&impossible, 1};
    scene.publish(lost);
    scene.fan_out_all();
    scene.write_all();
    CHECK(scene.count("discarded = 1") == 3);
    CHECK(scene.count("discarded = 1 AND text IN ('known to be gone', 'after it was given up', 'to no slot')") == 3);
    CHECK(scene.count("discarded = 0 AND text IN ('in the outbox', 'room')") == 4);
}

TEST_CASE("message log: what a departed client never received is marked afterwards", "[message_log][R14][N01][N03]") {
    LogScene scene;
    Outboxes outboxes(scene.scratch.segment, -1);
    outboxes.begin(joker, 2, "welcome\n");
    const Origin batmans{48213, LedgerKind::direct};
    const auto got = scene.publish(scene.acceptor.direct(batman, joker, "got"));
    outboxes.append(joker, got, "message id=" + std::to_string(got) + " from=48213 name=Batman to=51990 at=now :got\n",
                    batmans);
    scene.scratch.segment.slots()[joker.slot].written = committed_end(scene.scratch.segment.slots()[joker.slot]).tail;
    const auto never = scene.publish(scene.acceptor.direct(batman, joker, "never"));
    outboxes.append(joker, never,
                    "message id=" + std::to_string(never) + " from=48213 name=Batman to=51990 at=now :never\n",
                    batmans);
    scene.fan_out_all();
    scene.write_all();
    CHECK(scene.count("discarded = 0") == 2);
    scene.publish(scene.acceptor.departure(joker, LeaveReason::lost));
    outboxes.end(joker);
    const Position closed = scene.scratch.segment.words().tail;
    scene.publish(scene.acceptor.about(joker, RecordKind::closed));
    scene.fan_out_all();
    scene.write_all();
    CHECK(scene.count("discarded = 1 AND text = 'never'") == 1);
    CHECK(scene.count("discarded = 0 AND text = 'got'") == 1);
    scene.scratch.segment.words().logged = closed;  // and again, as after a crash
    scene.write_all();
    CHECK(scene.count("discarded = 1") == 1);
    CHECK(scene.count() == 2);
}

TEST_CASE("message log: files of an earlier segment are ended, those of this one continue", "[message_log][R76][N01]") {
    constexpr auto add_file = [](Database& database, int id) {
        const std::string number = std::to_string(id);
        database.execute(
            ("INSERT INTO file VALUES (" + number + ", 1, 'room', 1, NULL, 'lobby', 'f', 1, 'x', 1, 2, NULL, NULL)")
                .c_str());
        database.execute(("INSERT INTO file_receipt VALUES (" + number + ", 2, 3, NULL, NULL)").c_str());
    };
    const test::TemporaryDirectory directory;
    const test::ScratchSegment scratch(test::small_sizes, 50);
    test::Publishing acceptor(scratch.segment);
    Config config;
    config.log_messages = false;  // files are still logged
    Database database(directory.path());
    for (const int id : {30, 49, 50, 51}) add_file(database, id);
    const auto ended = [&] { return database.query_number("SELECT count(*) FROM file WHERE outcome = 'shutdown'"); };
    const auto open = [&](const std::string& table) {
        return database.query_number(("SELECT count(*) FROM " + table + " WHERE outcome IS NULL").c_str());
    };
    SECTION("before its first record") {
        const MessageLog log(scratch.segment, directory.path(), config);
        CHECK(eventually([&] { return ended() == 2; }));
    }
    SECTION("with records that another process fanned out, or logged and did not say so") {
        acceptor.connect(batman, 48213, "Batman");
        acceptor.connect(joker, 51990, "Joker");
        scratch.segment.words().head = scratch.segment.words().tail.load();
        const MessageLog log(scratch.segment, directory.path(), config);
        CHECK(eventually([&] { return ended() == 2; }));
    }
    CHECK(database.query_number("SELECT min(id) FROM file WHERE outcome IS NULL") == 50);
    CHECK(open("file") == 2);
    CHECK(open("file_receipt") == 2);
}

TEST_CASE("message log: while the database is not there the cursor stays, and then all is written",
          "[message_log][N03]") {
    LogScene scene;
    scene.publish(scene.acceptor.direct(batman, joker, "one"));
    scene.fan_out_all();
    const std::string later = scene.directory.file("later");
    MessageLog log(scene.scratch.segment, later, scene.config);
    log.hurry();
    CHECK(eventually([&] { return !log.trouble().empty(); }));
    CHECK(log.trouble().find(later) != std::string::npos);
    CHECK(scene.scratch.segment.words().logged == 0);
    scene.publish(scene.acceptor.direct(batman, joker, "two"));
    scene.fan_out_all();
    std::filesystem::create_directory(later);
    REQUIRE(test::eventually([&] { return log.flush(); }));
    CHECK(log.trouble().empty());
    CHECK(Database(later).query_number("SELECT count(*) FROM message") == 2);
}

TEST_CASE("message log: damage is reported and not retried", "[message_log][D02]") {
    const auto damaged = [](auto damage) {
        LogScene scene;
        scene.publish(scene.acceptor.direct(batman, joker, "one"));
        scene.fan_out_all();
        damage(scene);
        MessageLog log(scene.scratch.segment, scene.directory.path(), scene.config);
        CHECK_FALSE(log.flush());
        CHECK(log.has_found_damage());
        int rung = 0;
        ::sem_getvalue(&scene.scratch.segment.doorbell().semaphore, &rung);
        CHECK(rung > 0);
    };
    damaged([](LogScene& scene) { scene.scratch.segment.queue_ring()[0] = std::byte{7}; });
    damaged([](LogScene& scene) { scene.scratch.segment.words().logged = 4; });
    damaged(
        [](LogScene& scene) { scene.scratch.segment.queue_ring()[offsetof(RecordHead, name_size)] = std::byte{255}; });
    damaged([](LogScene& scene) {
        Record record = scene.acceptor.about(joker, RecordKind::closed);
        record.sender.slot = test::small_sizes.slots;
        scene.publish(record);
        scene.fan_out_all();
    });
}

TEST_CASE("message log: what was never sent is marked at the end of the service", "[message_log][R14][N03]") {
    LogScene scene;
    const auto first = scene.publish(scene.acceptor.direct(batman, joker, "sent"));
    const auto second = scene.publish(scene.acceptor.direct(batman, joker, "unsent"));
    scene.fan_out_all();
    MessageLog log(scene.scratch.segment, scene.directory.path(), scene.config);
    CHECK(log.settle({{.unsent = {{second, 0}, {99, 0}}}}));
    CHECK(scene.count("discarded = 0 AND id = " + std::to_string(first)) == 1);
    CHECK(scene.count("discarded = 1 AND id = " + std::to_string(second)) == 1);
    CHECK(scene.count() == 2);
}

TEST_CASE("message log: how long a message took to be logged", "[message_log][D04]") {
    LogScene scene;
    Record record = scene.acceptor.direct(batman, joker, "late");
    record.at = wall_clock() - 5'000'000;
    scene.publish(record);
    record.at = wall_clock();
    scene.publish(record);
    scene.fan_out_all();
    scene.write_all();
    Database database(scene.directory.path());
    CHECK(database.query_number("SELECT sum(messages) FROM log_lag") == 2);
    CHECK(database.query_number("SELECT max(longest) FROM log_lag") >= 5'000'000);
    CHECK(database.query_number("SELECT max(longest) FROM log_lag") < 60'000'000);
}

}  // namespace message_log_test
