// What the message log keeps: all, no texts, nothing, and for how long.
#include "chat-delivery/log/message_log.h"
#include "shared/log/database.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/file.h"
#include "shared/records/history.h"
#include "shared/records/message.h"
#include "shared/records/session.h"
#include "shared/system/clock.h"
#include "tests/support/catch.h"
#include "tests/unit/log_scene.h"

#include <optional>
#include <string>

namespace message_log_keeping_test {

using namespace chat;
using test::batman;
using test::eventually;
using test::joker;
using test::LogScene;

namespace {

// A log whose database somebody holds, so that it is behind until catch_up().
struct LateLog {
    explicit LateLog(bool keeps_text = true) {
        scene.config.log_text = keeps_text;
        log.emplace(scene.scratch.segment, scene.directory.path(), scene.config);
        REQUIRE(eventually([&] { return log->flush(); }));
        REQUIRE(eventually([&] { return hold_database(); }));
    }
    // False: the log holds the database right now, on a busy machine possibly longer than the busy timeout.
    bool hold_database() {
        try {
            other.emplace(scene.directory.path());
            in_the_way.emplace(*other);
            return true;
        } catch (const DatabaseError&) {
            return false;
        }
    }
    void say(const char* text) {
        scene.publish(scene.acceptor.direct(batman, joker, text));
        scene.fan_out_all();
    }
    void keep(bool messages, bool text) {
        scene.config.log_messages = messages;
        scene.config.log_text = text;
        log->reconfigure(scene.config);
    }
    void catch_up() {
        in_the_way.reset();
        REQUIRE(eventually([&] { return log->flush(); }));
    }

    LogScene scene;
    std::optional<MessageLog> log;
    std::optional<Database> other;
    std::optional<Transaction> in_the_way;
};

}  // namespace

TEST_CASE("message log: without texts the characters are still counted", "[message_log][R20]") {
    LogScene scene;
    scene.config.log_text = false;
    scene.publish(scene.acceptor.direct(batman, joker, "é€😀"));
    scene.fan_out_all();
    scene.write_all();
    CHECK(scene.count("text IS NULL AND characters = 3") == 1);
}

TEST_CASE("message log: new settings apply to the messages after them, however late those are written",
          "[message_log]") {
    LateLog late;
    late.say("still with its text");
    late.keep(true, false);
    late.say("without");
    late.keep(false, true);
    late.say("not at all");
    late.keep(true, true);
    late.say("with its text again");
    late.catch_up();
    CHECK(late.scene.count() == 3);
    CHECK(late.scene.count("text IN ('still with its text', 'with its text again')") == 2);
    CHECK(late.scene.count("text IS NULL AND characters = 7") == 1);
}

TEST_CASE("message log: when very many setting changes wait, less is kept rather than more", "[message_log]") {
    // The oldest two are merged repeatedly, whichever of them keeps less.
    const bool begins_with_text = GENERATE(false, true);
    LateLog late(begins_with_text);
    for (int i = 0; i < 100; ++i) {
        late.keep(true, !begins_with_text);
        late.say(begins_with_text ? "none" : "text");
        late.keep(true, begins_with_text);
        late.say(begins_with_text ? "text" : "none");
    }
    late.catch_up();
    CHECK(late.scene.count() == 200);
    CHECK(late.scene.count("text = 'none'") == 0);
    CHECK(late.scene.count("text = 'text'") >= 20);
}

TEST_CASE("message log: without rows the queue is still consumed", "[message_log]") {
    LogScene scene;
    scene.config.log_messages = false;
    scene.publish(scene.acceptor.direct(batman, joker, "hi"));
    scene.fan_out_all();
    scene.write_all();
    CHECK(scene.count() == 0);
}

TEST_CASE("message log: files are logged without rows of messages, too", "[message_log][files][R76]") {
    LogScene scene;
    scene.config.log_messages = false;
    std::string text;
    const Record upload =
        scene.acceptor.about(batman, records::UploadOffered{.size = 5, .info = {.name = "photo.jpg"}}.record(text));
    const auto count = [&](const char* from) {
        return Database(scene.directory.path()).query_number(("SELECT count(*) FROM " + std::string(from)).c_str());
    };
    // Records that an earlier process fanned out but did not log are processed.
    scene.publish(scene.acceptor.direct(batman, joker, "before"));
    scene.publish(upload);
    scene.fan_out_all();
    scene.write_all();
    CHECK(count("file WHERE name = 'photo.jpg' AND size = 5") == 1);

    MessageLog log(scene.scratch.segment, scene.directory.path(), scene.config);
    scene.publish(scene.acceptor.direct(batman, joker, "hi"));
    scene.publish(upload);
    log.expect(scene.scratch.segment.words().tail);
    scene.publish(scene.acceptor.direct(batman, joker, "after"));
    scene.fan_out_all();
    REQUIRE(test::eventually([&] { return log.flush(); }));
    CHECK(count("file") == 2);
    CHECK(scene.count() == 0);
}

TEST_CASE("message log: old rows are deleted while new messages arrive", "[message_log][retention][N03]") {
    LogScene scene;
    scene.insert_old("old", "old");
    MessageLog log(scene.scratch.segment, scene.directory.path(), scene.config, test::without_pauses());
    for (int round = 0; round < 3; ++round) {
        Record record = scene.acceptor.direct(batman, joker, "new");
        record.at = wall_clock();
        scene.publish(record);
        scene.fan_out_all();
        REQUIRE(test::eventually([&] { return log.flush(); }));
    }
    CHECK(eventually([&] { return scene.count("text = 'old'") == 0; }));
    CHECK(scene.count("text = 'new'") == 3);
    CHECK(log.trouble().empty());
}

TEST_CASE("message log: kept forever, and shorter from now on", "[message_log][retention]") {
    LogScene scene;
    scene.config.keep_days = 0;
    scene.insert_old("old", "newest");
    MessageLog log(scene.scratch.segment, scene.directory.path(), scene.config, test::without_pauses());
    scene.publish(scene.acceptor.direct(batman, joker, "new"));
    scene.fan_out_all();
    REQUIRE(test::eventually([&] { return log.flush(); }));
    CHECK(scene.count() == 3);
    Config shorter = scene.config;
    shorter.keep_days = 7;
    log.reconfigure(shorter);
    CHECK(eventually([&] { return scene.count() == 1; }));
}

TEST_CASE("message log: what was kept outlives a session whose outbox took nothing of its login",
          "[message_log][kept][N09]") {
    const bool is_given_up = GENERATE(false, true);
    LogScene scene;
    constexpr std::uint32_t account = 7;
    const auto kept_count = [&] {
        return Database(scene.directory.path()).query_number("SELECT count(*) FROM kept WHERE account = 7");
    };
    const std::uint64_t id = scene.publish(scene.acceptor.about(
        batman,
        records::Message{.to = ToClient{0, 0, "Joker"}, .text = "come home", .receiver_account = account, .kept = true}
            .record()));
    std::string rows;
    append_history_info(rows, {.id = id, .from = 48213, .scope = MessageScope::direct, .name = "Batman"});
    std::string text;
    const KeptForLogin kept{.count = 1, .upto = id, .since = id, .rows = rows};
    const Record login =
        scene.acceptor.about(joker, records::LoggedIn{.name = "Joker", .account = account, .kept = kept}.record(text));
    const std::uint64_t logged_in = scene.publish(login);
    if (is_given_up) {
        Slot& slot = scene.scratch.segment.slots()[joker.slot];
        slot.gave_up_at = logged_in;
        note_given_up(slot, joker, LeaveReason::lost);
    }
    scene.fan_out_all();
    scene.write_all();
    CHECK(kept_count() == 1);
    scene.publish(scene.acceptor.departure(joker, LeaveReason::lost));
    scene.publish(scene.acceptor.about(joker, records::Closed{{account, id, id}}.record()));
    scene.fan_out_all();
    scene.write_all();
    CHECK(kept_count() == (is_given_up ? 1 : 0));
    if (!is_given_up) return;
    // The next session receives it.
    scene.acceptor.connect({2, 1}, 51991, "Robin");
    const std::uint64_t now = scene.acceptor.publisher.next_sequence() - 1;
    scene.publish(scene.acceptor.departure({2, 1}, LeaveReason::lost));
    scene.publish(scene.acceptor.about({2, 1}, records::Closed{{account, id, now}}.record()));
    scene.fan_out_all();
    scene.write_all();
    CHECK(kept_count() == 0);
}

}  // namespace message_log_keeping_test
