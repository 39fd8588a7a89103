// When the log cannot be written: with `log.full` = "continue" rows are skipped before the queue is full, and counted.
#include "chat-acceptor/session_log.h"
#include "chat-delivery/log/message_log.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"
#include "tests/unit/log_scene.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

namespace skipping_test {

using namespace chat;
using test::batman;
using test::eventually;
using test::joker;
using test::LogScene;

namespace {

struct Scene : LogScene {
    explicit Scene(const std::string& full) { config.log_full = full; }

    // Publishes messages until that share of the queue, in eighths, is not logged. Returns how many.
    std::uint64_t publish_messages(std::uint64_t eighths) {
        std::uint64_t count = 0;
        const QueueWords& words = scratch.segment.words();
        const std::uint64_t enough = scratch.segment.queue_ring().size() / 8 * eighths;
        for (; words.tail - words.logged < enough; ++count)
            publish(acceptor.direct(batman, joker, std::string(400, 'x')));
        fan_out_all();
        return count;
    }
    [[nodiscard]] std::uint64_t unlogged() const {
        return scratch.segment.words().tail - scratch.segment.words().logged;
    }
    [[nodiscard]] std::size_t queue() const { return scratch.segment.queue_ring().size(); }

    std::string later = directory.file("later");  // where the database can be after a while
};

std::int64_t number(const std::string& directory, const std::string& query) {
    return Database(directory).query_number(query.c_str());
}

}  // namespace

TEST_CASE("message log: rows that cannot be written are skipped, counted once, and later ones are written",
          "[message_log][skipping]") {
    Scene scene("continue");
    const std::uint64_t published = scene.publish_messages(6);
    MessageLog log(scene.scratch.segment, scene.later, scene.config);
    REQUIRE(eventually([&] { return scene.unlogged() <= scene.queue() / 4; }));
    const std::uint64_t skipped = scene.scratch.segment.words().skipped_messages;
    CHECK(skipped > 0);
    CHECK(skipped < published);
    std::filesystem::create_directory(scene.later);
    REQUIRE(eventually([&] { return log.flush(); }));
    CHECK(number(scene.later, "SELECT count(*) FROM message") == static_cast<std::int64_t>(published - skipped));
    CHECK(number(scene.later, "SELECT count(*) FROM event") == 1);
    CHECK(number(scene.later,
                 "SELECT count(*) FROM event WHERE kind = 'skipped' AND session IS NULL AND detail = 'rows=" +
                     std::to_string(skipped) + " log=messages'") == 1);
    CHECK(scene.scratch.segment.words().skipped_messages == 0);
    CHECK(number(scene.later, "SELECT max(id) FROM message") > number(scene.later, "SELECT event FROM event"));
}

TEST_CASE("message log: less than half a queue waits, and so does everything without that setting",
          "[message_log][skipping][N03]") {
    const bool continues = GENERATE(true, false);
    Scene scene(continues ? "continue" : "wait");
    scene.publish_messages(continues ? 3 : 6);
    const std::uint64_t unlogged = scene.unlogged();
    MessageLog log(scene.scratch.segment, scene.later, scene.config);
    // Two failures are a second apart from the first at least.
    REQUIRE(eventually([&] { return !log.trouble().empty(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(1600));
    CHECK(scene.unlogged() == unlogged);
    CHECK(scene.scratch.segment.words().skipped_messages == 0);
}

TEST_CASE("message log: a request to forget is not skipped", "[message_log][skipping]") {
    Scene scene("continue");
    scene.publish(records::Forget{.person = "Batman", .session = 0, .operator_uid = 7}.record());
    scene.publish_messages(6);
    MessageLog log(scene.scratch.segment, scene.later, scene.config);
    REQUIRE(eventually([&] { return scene.unlogged() <= scene.queue() / 4; }));
    std::filesystem::create_directory(scene.later);
    REQUIRE(eventually([&] { return log.flush(); }));
    CHECK(number(scene.later, "SELECT count(*) FROM forget WHERE client = 'Batman' AND operator = 7") == 1);
}

TEST_CASE("session log: rows that cannot be written are skipped and counted", "[session_log][skipping]") {
    Scene scene("continue");
    SessionLog log(scene.scratch.segment, scene.later, scene.config);
    const QueueWords& words = scene.scratch.segment.words();
    const auto renamed = scene.acceptor.about(batman, records::Renamed{.name = "Batman"}.record());
    const Position first = words.tail;
    std::int64_t published = 0;
    for (; words.tail - first < scene.queue() / 8 * 6; ++published)
        log.add(scene.acceptor.publisher.publish(renamed).end - encoded_size(renamed));
    REQUIRE(eventually([&] { return words.tail - log.logged_up_to(words.tail) <= scene.queue() / 4; }));
    const auto skipped = static_cast<std::int64_t>(words.skipped_sessions.load());
    CHECK(skipped > 0);
    std::filesystem::create_directory(scene.later);
    REQUIRE(eventually([&] { return log.flush(); }));
    CHECK(log.logged_up_to(words.tail) == words.tail);
    CHECK(number(scene.later, "SELECT count(*) FROM event WHERE kind = 'login'") == published - skipped);
    CHECK(number(scene.later, "SELECT count(*) FROM event WHERE kind = 'skipped' AND detail = 'rows=" +
                                  std::to_string(skipped) + " log=sessions'") == 1);
    CHECK(words.skipped_sessions == 0);
}

}  // namespace skipping_test
