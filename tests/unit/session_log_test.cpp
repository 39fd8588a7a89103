// The rows of sessions and events: written in the background, once, and later if the database is unavailable.
#include "chat-acceptor/session_log.h"

#include "shared/records/answer.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"
#include "tests/unit/log_scene.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace session_log_test {

using namespace chat;
using test::eventually;
using test::Publishing;
using test::ScratchSegment;
using test::TemporaryDirectory;

namespace {

struct Scene {
    // Publishes, and passes the record to the log if it is relevant there, as the acceptor does.
    Position publish(const Record& record) {
        const auto published = acceptor.publisher.publish(record);
        const Position begin = published.end - encoded_size(record);
        if (SessionLog::concerns(record)) positions.push_back(begin);
        return begin;
    }

    // Batman connects, takes a name, is too fast and leaves; one client is refused.
    void play() {
        publish(acceptor.newcomer(client, 48213, "q7mzxtrplw"));
        publish(acceptor.about(client, RecordKind::online));
        Record renamed = acceptor.about(client, records::Renamed{.name = "Batman"}.record());
        renamed.at = 2'000'000;
        publish(renamed);
        Record fast = acceptor.about(client, records::Error{.code = ErrorCode::too_fast, .noted = true}.record());
        fast.at = 3'000'000;
        publish(fast);
        publish(acceptor.about(client, RecordKind::error));
        Record refused = records::Note{.what = NoteKind::refused, .detail = "192.0.2.7:50312"}.record();
        refused.at = 4'000'000;
        publish(refused);
        publish(acceptor.departure(client, LeaveReason::killed));
        publish(acceptor.about(client, RecordKind::closed));
    }

    const SlotId client{0, 1};
    TemporaryDirectory directory;
    ScratchSegment scratch;
    Publishing acceptor{scratch.segment};
    std::vector<Position> positions;
};

std::int64_t count(Database& database, const std::string& from) {
    return database.query_number(("SELECT count(*) FROM " + from).c_str());
}

void check_rows(const std::string& directory) {
    Database database(directory);
    CHECK(count(database, "session") == 1);
    CHECK(count(database,
                "session WHERE session = 1 AND client_id = 48213 AND name = 'Batman' AND peer = '127.0.0.1:50312'"
                " AND connected_at = 1000000 AND ended_at = 9000000 AND reason = 'killed'") == 1);
    CHECK(count(database, "event") == 3);
    CHECK(count(database,
                "event WHERE event = 3 AND at = 2000000 AND session = 1 AND kind = 'login' AND detail = 'Batman'") ==
          1);
    CHECK(count(database,
                "event WHERE event = 4 AND at = 3000000 AND session = 1 AND kind = 'too-fast' AND detail = ''") == 1);
    CHECK(count(database,
                "event WHERE event = 6 AND at = 4000000 AND session IS NULL AND kind = 'refused'"
                " AND detail = '192.0.2.7:50312'") == 1);
}

}  // namespace

TEST_CASE("session log: a session's row and its events", "[session_log][D04][R82][R84]") {
    Scene scene;
    scene.play();
    CHECK(scene.positions.size() == 5);
    {
        SessionLog log(scene.scratch.segment, scene.directory.path());
        for (const Position position : scene.positions) log.add(position);
        REQUIRE(test::eventually([&] { return log.flush(); }));
        CHECK(log.trouble().empty());
    }
    check_rows(scene.directory.path());
}

TEST_CASE("session log: writing it all again changes nothing", "[session_log][N01]") {
    Scene scene;
    scene.play();
    for (int life = 0; life < 2; ++life) {
        SessionLog log(scene.scratch.segment, scene.directory.path());
        for (const Position position : scene.positions) log.add(position);
        REQUIRE(test::eventually([&] { return log.flush(); }));
    }
    {
        // Only the first part, as after a crash between two transactions.
        SessionLog log(scene.scratch.segment, scene.directory.path());
        for (std::size_t from = 0; from < scene.positions.size(); ++from)
            for (std::size_t i = from; i < scene.positions.size(); ++i) log.add(scene.positions[i]);
        REQUIRE(test::eventually([&] { return log.flush(); }));
    }
    check_rows(scene.directory.path());
}

TEST_CASE("session log: the queue is kept up to the first record that is not written", "[session_log][N01]") {
    Scene scene;
    scene.publish(scene.acceptor.newcomer(scene.client, 48213, "q7mzxtrplw"));
    const Position second = scene.publish(scene.acceptor.about(scene.client, RecordKind::online));
    Record renamed = scene.acceptor.about(scene.client, RecordKind::renamed);
    renamed.name = "Batman";
    scene.publish(renamed);
    const Position tail = scene.acceptor.publisher.tail();
    const std::string missing = scene.directory.file("later");  // a database that cannot be created yet
    SessionLog log(scene.scratch.segment, missing);
    CHECK(log.logged_up_to(tail) == tail);
    for (const Position position : scene.positions) log.add(position);
    CHECK(log.logged_up_to(tail) == scene.positions[0]);
    CHECK(scene.positions[0] < second);
    CHECK(eventually([&] { return !log.trouble().empty(); }));
    CHECK(log.trouble().find(missing) != std::string::npos);
    CHECK(log.logged_up_to(tail) == scene.positions[0]);

    std::filesystem::create_directory(missing);
    REQUIRE(test::eventually([&] { return log.flush(); }));
    CHECK(log.trouble().empty());
    CHECK(log.logged_up_to(tail) == tail);
    Database database(missing);
    CHECK(count(database, "session WHERE name = 'Batman' AND ended_at IS NULL AND reason IS NULL") == 1);
}

TEST_CASE("session log: a record that cannot be read is damage", "[session_log][D02]") {
    Scene scene;
    scene.play();
    scene.scratch.segment.queue_ring()[offsetof(RecordHead, name_size)] = std::byte{255};
    SessionLog log(scene.scratch.segment, scene.directory.path());
    log.add(scene.positions.front());
    CHECK_FALSE(log.flush());
    CHECK(log.has_found_damage());
}

TEST_CASE("session log: the records that are relevant to it", "[session_log]") {
    std::vector<RecordKind> kinds;
    for (auto kind = static_cast<std::uint16_t>(RecordKind::connected);
         kind <= static_cast<std::uint16_t>(RecordKind::note); ++kind) {
        Record record;
        record.kind = static_cast<RecordKind>(kind);
        if (SessionLog::concerns(record)) kinds.push_back(record.kind);
    }
    CHECK(kinds ==
          std::vector<RecordKind>{RecordKind::connected, RecordKind::renamed, RecordKind::departed, RecordKind::note});
    CHECK_FALSE(SessionLog::concerns(records::Error{}.record()));
    CHECK(SessionLog::concerns(records::Error{.noted = true}.record()));
    CHECK_FALSE(SessionLog::concerns(records::Joined{.room = "films"}.record()));
    CHECK(SessionLog::concerns(records::Left{.room = "films", .operator_uid = 0}.record()));
}

TEST_CASE("session log: old rows are deleted while new sessions arrive", "[session_log][retention]") {
    Scene scene;
    scene.play();
    {
        Database database(scene.directory.path());
        database.execute(
            "INSERT INTO session VALUES (2, 10000, 'old', 'p', 1, 2, 'quit');"
            "INSERT INTO event VALUES (2, 1, NULL, 'refused', 'old')");
    }
    SessionLog log(scene.scratch.segment, scene.directory.path(), Config{}, test::without_pauses());
    for (const Position position : scene.positions) log.add(position);
    REQUIRE(test::eventually([&] { return log.flush(); }));
    Database database(scene.directory.path());
    CHECK(eventually([&] { return count(database, "session WHERE session = 1") == 0; }));
    CHECK(eventually([&] { return count(database, "event WHERE detail = 'old'") == 0; }));
    CHECK(log.trouble().empty());
}

}  // namespace session_log_test
