// Only the texts of one person are removed from the log: rows, lengths and other people's texts stay. The texts are
// also gone from the bytes of the files.
#include "chat-delivery/log/forgetting.h"

#include "chat-delivery/log/message_log.h"
#include "shared/records/operator.h"
#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace forgetting_test {

using namespace chat;
using test::eventually;

namespace {

constexpr std::uint64_t now = 1'000'000;  // number of the requests: above everything in these logs

struct Scene {
    void session(int number, int id, const std::string& name) {
        database.execute(("INSERT INTO session VALUES (" + std::to_string(number) + ", " + std::to_string(id) + ", '" +
                          name + "', 'p', 1, NULL, NULL)")
                             .c_str());
    }
    void login(std::uint64_t number, int session, const std::string& name) {
        database.execute(("INSERT INTO event VALUES (" + std::to_string(number) + ", 1, " + std::to_string(session) +
                          ", 'login', '" + name + "')")
                             .c_str());
    }
    void messages(int first, int count, int sender, const std::string& text) {
        database.execute(("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
                          " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(first + count - 1) +
                          ") INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, "
                          "characters, text) SELECT i, 1, 'room', " +
                          std::to_string(sender) + ", NULL, 'lobby', 2, 0, 7, '" + text + "' FROM n")
                             .c_str());
    }
    void file(int number, int sender, const std::string& name) {
        database.execute(("INSERT INTO file (id, at, kind, sender, name, size, sha256) VALUES (" +
                          std::to_string(number) + ", 1, 'direct', " + std::to_string(sender) + ", '" + name +
                          "', 1, 'x')")
                             .c_str());
    }
    void request(Forgetting& forgetting, std::string_view client, std::uint64_t session = 0,
                 std::uint64_t number = now) {
        Record record = records::Forget{.person = client, .session = session, .operator_uid = 1000}.record();
        record.sequence = number;
        record.at = 5;
        forgetting.add(record);
    }
    Forgotten finish(Forgetting& forgetting, int max_steps = 1000) {
        for (int i = 0; i < max_steps; ++i)
            if (const auto done = forgetting.step()) return *done;
        FAIL("it does not come to an end");
        return {};
    }
    Forgotten forget(std::string_view client, std::uint64_t session = 0) {
        Forgetting forgetting(database);
        request(forgetting, client, session);
        return finish(forgetting);
    }
    [[nodiscard]] std::int64_t count(const std::string& from) {
        return database.query_number(("SELECT count(*) FROM " + from).c_str());
    }
    [[nodiscard]] bool is_in_files(const std::string& bytes) const {
        for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string all{std::istreambuf_iterator<char>(file), {}};
            if (all.find(bytes) != std::string::npos) return true;
        }
        return false;
    }

    test::TemporaryDirectory directory;
    Database database{directory.path()};
};

}  // namespace

TEST_CASE("forgetting: all who have had the name, in any case, and nobody else", "[forgetting]") {
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.session(2, 10'002, "batman");
    scene.session(3, 10'003, "Bruce");  // was Batman once
    scene.session(4, 10'004, "Joker");
    scene.session(5, 10'005, "Batman2");
    scene.login(90, 3, "BATMAN");
    for (int sender = 1; sender <= 5; ++sender) scene.messages(100 * sender, 10, sender, "hello");
    scene.file(600, 1, "plan.txt");
    scene.file(601, 4, "joke.txt");
    const Forgotten done = scene.forget("Batman");
    CHECK(done.outcome == ForgetOutcome::removed);
    CHECK(done.sessions == 3);
    CHECK(done.messages == 30);
    CHECK(done.files == 1);
    CHECK(scene.count("message WHERE text IS NULL AND sender IN (1, 2, 3) AND characters = 7") == 30);
    CHECK(scene.count("message WHERE text = 'hello' AND sender IN (4, 5)") == 20);
    CHECK(scene.count("file WHERE name IS NULL AND sender = 1") == 1);
    CHECK(scene.count("file WHERE name = 'joke.txt'") == 1);
    CHECK(scene.count("forget WHERE number = 1000000 AND operator = 1000 AND client = 'Batman' AND outcome = 'removed'"
                      " AND ended_at > 0 AND messages = 30") == 1);
    CHECK(scene.count("forget_session") == 0);
}

TEST_CASE("forgetting: anything after the request stays", "[forgetting]") {
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.messages(100, 10, 1, "before");
    scene.messages(static_cast<int>(now) + 1, 10, 1, "after");
    scene.session(2, 10'002, "Batman");  // only took the name afterwards
    scene.messages(200, 10, 2, "other");
    scene.login(now + 50, 2, "Batman");
    CHECK(scene.forget("batman").messages == 10);
    CHECK(scene.count("message WHERE text = 'after'") == 10);
    CHECK(scene.count("message WHERE text = 'other'") == 10);
}

TEST_CASE("forgetting: an id means one session, or it is ambiguous", "[forgetting]") {
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.session(2, 10'002, "Joker");
    scene.session(3, 10'002, "Robin");
    for (int sender = 1; sender <= 3; ++sender) scene.messages(100 * sender, 10, sender, "hello");
    CHECK(scene.forget("10001").messages == 10);
    Forgetting forgetting(scene.database);
    scene.request(forgetting, "10002", 0, now + 1);
    const Forgotten unclear = scene.finish(forgetting);
    CHECK(unclear.outcome == ForgetOutcome::ambiguous);
    CHECK(unclear.sessions == 2);
    CHECK(scene.count("message WHERE text = 'hello'") == 20);
    scene.request(forgetting, "10002", 3, now + 2);
    CHECK(scene.finish(forgetting).messages == 10);
    CHECK(scene.count("message WHERE text = 'hello' AND sender = 2") == 10);
    CHECK(forgetting.last_done().number == now + 2);
    CHECK_FALSE(forgetting.step());
    CHECK_FALSE(forgetting.is_busy());
}

TEST_CASE("forgetting: an unknown name matches nobody", "[forgetting]") {
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.messages(100, 10, 1, "hello");
    for (const auto& [client, session] : {std::pair{"Joker", 0}, std::pair{"10009", 0}, std::pair{"session:77", 77}}) {
        scene.database.execute("DELETE FROM forget");
        const Forgotten done = scene.forget(client, static_cast<std::uint64_t>(session));
        CHECK(done.outcome == ForgetOutcome::unknown);
        CHECK(done.sessions + done.messages + done.files == 0);
    }
    CHECK(scene.count("message WHERE text = 'hello'") == 10);
}

TEST_CASE("forgetting: steps are small, and a crash between any two of them costs nothing", "[forgetting][N01][N03]") {
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.session(2, 10'002, "Joker");
    scene.messages(100, 20'000, 1, "secret");
    scene.messages(50'000, 9000, 2, "hello");
    scene.messages(80'000, 100, 1, "secret");
    {
        Forgetting forgetting(scene.database);
        scene.request(forgetting, "Batman");
    }
    std::optional<Forgotten> done;
    int lives = 0;
    std::int64_t left = scene.count("message WHERE text = 'secret'");
    for (int steps = 1; !done; ++steps) {
        REQUIRE(++lives < 100);
        Forgetting forgetting(scene.database);
        REQUIRE(forgetting.is_busy());
        scene.request(forgetting, "Batman");  // as if the cursor had not been advanced
        for (int i = 0; i < steps && !done; ++i) done = forgetting.step();
        const std::int64_t now_left = scene.count("message WHERE text = 'secret'");
        CHECK(left - now_left <= 4096 * steps);
        left = now_left;
    }
    CHECK(lives > 5);
    CHECK(left == 0);
    CHECK(done->messages == 20'100);
    CHECK(scene.count("message WHERE text = 'hello'") == 9000);
    CHECK(scene.count("message") == 29'100);
}

TEST_CASE("forgetting: the bytes are gone from the files", "[forgetting][retention]") {
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.session(2, 10'002, "Joker");
    const std::string secret = "the secret of the cave";
    for (int round = 0; round < 30; ++round) {
        scene.messages(100 + 1000 * round, 50, 1 + round % 2, round % 2 == 0 ? secret : "something else");
        scene.messages(500 + 1000 * round, 1, 1, secret + std::string(9000, 'x'));  // on pages of its own
    }
    scene.messages(700, 50, 1, std::string(9000, 'x') + secret);
    scene.file(60'000, 1, secret);
    // As in another build of SQLite: freed pages keep their contents.
    scene.database.execute("PRAGMA secure_delete = OFF; DELETE FROM message WHERE id BETWEEN 700 AND 749");
    REQUIRE(scene.is_in_files(secret));
    CHECK(scene.forget("Batman").outcome == ForgetOutcome::removed);
    CHECK_FALSE(scene.is_in_files(secret));
    CHECK(scene.is_in_files("something else"));
    CHECK(scene.database.query_number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1);
}

TEST_CASE("forgetting: only readers of the old texts delay it", "[forgetting]") {
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.messages(100, 10, 1, "secret of the cave");
    Forgetting forgetting(scene.database);
    scene.request(forgetting, "Batman");
    {
        Database reader(scene.directory.path());
        reader.execute("BEGIN");
        REQUIRE(reader.query_number("SELECT count(*) FROM message") == 10);
        for (int i = 0; i < 30; ++i) REQUIRE_FALSE(forgetting.step());
        CHECK(forgetting.is_held_up());
        CHECK(forgetting.is_busy());
        scene.messages(200, 1, 1, "others write");
        // There is work meanwhile: pages that others freed are given back.
        scene.messages(300, 100, 2, std::string(9000, 'x'));
        scene.database.execute("DELETE FROM message WHERE id BETWEEN 300 AND 398");
        REQUIRE_FALSE(forgetting.step());
        CHECK_FALSE(forgetting.is_held_up());
    }
    CHECK(scene.finish(forgetting).messages == 10);
    CHECK_FALSE(forgetting.is_held_up());
    CHECK_FALSE(scene.is_in_files("secret of the cave"));
}

TEST_CASE("message log: processes requests to forget from the queue, even if no messages are kept",
          "[message_log][forgetting]") {
    const bool keeps_messages = GENERATE(true, false);
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.messages(1, 10, 1, "old");
    test::ScratchSegment scratch;
    QueueWords& words = scratch.segment.words();
    words.sequence = 100;
    test::Publishing acceptor(scratch.segment);
    const SlotId robin{0, 1};
    acceptor.connect(robin, 10'002, "Robin");
    acceptor.publisher.publish(acceptor.to_all(robin, ToRoom{"lobby"}, "hello"));
    const auto request = acceptor.publisher.publish(records::Forget{.person = "Batman"}.record());
    acceptor.publisher.publish(acceptor.to_all(robin, ToRoom{"lobby"}, "hello"));
    Config config;
    config.log_messages = keeps_messages;
    MessageLog log(scratch.segment, scene.directory.path(), config);
    log.expect(request.end);
    words.head = words.tail.load();
    REQUIRE(test::eventually([&] { return log.flush(); }));
    // Nothing happens before the acceptor has written the sessions.
    CHECK(eventually([&] { return scene.count("forget WHERE outcome IS NULL") == 1; }));
    CHECK(words.forgotten == 0);
    CHECK(scene.count("message WHERE text = 'old'") == 10);
    words.sessions_logged = words.tail.load();
    CHECK(eventually([&] { return words.forgotten == request.sequence; }));
    CHECK(words.forgotten_messages == 10);
    CHECK(words.forgotten_sessions == 1);
    CHECK(scene.count("message WHERE text = 'old'") == 0);
    CHECK(scene.count("message WHERE text = 'hello'") == (keeps_messages ? 2 : 0));
}

TEST_CASE("message log: an unfinished request is completed by the next process", "[message_log][forgetting][N01]") {
    Scene scene;
    scene.session(1, 10'001, "Batman");
    scene.messages(1, 10, 1, "old");
    {
        Forgetting forgetting(scene.database);
        scene.request(forgetting, "Batman");
    }
    test::ScratchSegment scratch;
    const MessageLog log(scratch.segment, scene.directory.path(), Config{});
    CHECK(eventually([&] { return scratch.segment.words().forgotten == now; }));
    CHECK(scene.count("message WHERE text = 'old'") == 0);
}

}  // namespace forgetting_test
