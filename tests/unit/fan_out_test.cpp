// From a record to everyone's outbox: who receives which line, once and in which order, and what the sender receives.
#include "chat-delivery/fan_out.h"

#include "chat-delivery/dialects/line/render.h"
#include "chat-delivery/unsent.h"
#include "shared/memory/byte_ring.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fan_out_test {

using namespace chat;

namespace {

const SlotId batman{0, 1};
const SlotId joker{1, 1};
const SlotId robin{2, 1};

struct Scene {
    Scene() {
        deliver(acceptor.newcomer(batman, 48213, "Batman"));
        deliver(acceptor.newcomer(joker, 51990, "Joker"));
        deliver(acceptor.newcomer(robin, 30000, "Robin"));
        for (const SlotId client : {batman, joker, robin}) (void)news(client);
    }

    // Publishes the record and delivers it as it comes out of the queue.
    std::uint64_t deliver(const Record& record) {
        const auto published = acceptor.publisher.publish(record);
        last = published.end - encoded_size(record);
        repeat();
        return published.sequence;
    }
    // Repeats the fan-out of the last record.
    void repeat() {
        const auto entry = QueueReader(scratch.segment.queue_ring()).read(last, scratch.segment.words().tail);
        REQUIRE(entry);
        fan_out->deliver(*decode(entry->bytes));
    }
    // Replaces delivery, as a killed process by its successor.
    void restart() {
        std::destroy_at(&outboxes);
        std::construct_at(&outboxes, scratch.segment, -1);
        fan_out.emplace(scratch.segment, outboxes);
    }
    // What was put into the client's outbox since the last call.
    std::string news(SlotId client) {
        const Slot& slot = scratch.segment.slots()[client.slot];
        const OutboxEnd& end = committed_end(slot);
        const std::uint64_t from = seen[client.slot];
        seen[client.slot] = end.tail;
        std::string scratch_text;
        const ByteRing<const std::byte> ring(scratch.segment.outbox(client.slot), end.base);
        return std::string(ring.view(from, static_cast<std::size_t>(end.tail - from), scratch_text));
    }

    test::ScratchSegment scratch;
    test::Publishing acceptor{scratch.segment};
    Outboxes outboxes{scratch.segment, -1};
    std::optional<FanOut> fan_out{std::in_place, scratch.segment, outboxes};
    Position last = 0;
    std::map<std::uint32_t, std::uint64_t> seen;
};

bool is(const std::string& text, const std::string& beginning, const std::string& end) {
    INFO(text);
    CHECK((text.starts_with(beginning) && text.ends_with(end)));
    return true;
}

std::string undelivered(std::uint64_t id, const std::string& tag = {}) {
    return "undelivered id=" + std::to_string(id) + " to=51990 reason=disconnected" + tag +
           " :51990 (Joker) is now disconnected; the message was discarded.\n";
}

}  // namespace

TEST_CASE("fan-out: a direct message goes to the one receiver, ok to the sender", "[fan_out][R09][R11][R60]") {
    Scene scene;
    Record record = scene.acceptor.direct(batman, joker, "hi");
    record.tag = "7";
    const auto id = std::to_string(scene.deliver(record));
    is(scene.news(joker), "message id=" + id + " from=48213 name=Batman to=51990 at=", " :hi\n");
    CHECK(scene.news(batman) == "ok tag=7 id=" + id + '\n');
    CHECK(scene.news(robin).empty());
}

TEST_CASE("fan-out: a message to all goes to everyone but the sender", "[fan_out][R31][R55][R62]") {
    Scene scene;
    scene.deliver(scene.acceptor.to_all(batman, ToEveryone{}, "hello"));
    is(scene.news(joker), "message ", " :hello\n");
    is(scene.news(robin), "message ", " :hello\n");
    CHECK(scene.news(batman).empty());
    scene.deliver(scene.acceptor.to_all(robin, ToRoom{"lobby"}, "in the lobby"));
    CHECK(scene.news(batman).find(" to=room:lobby ") != std::string::npos);
    CHECK(scene.news(robin).empty());
}

TEST_CASE("fan-out: a client that is announced or renamed is notified once, although it is in the list",
          "[fan_out][R54]") {
    Scene scene;
    const auto everyone = scene.acceptor.sessions.everyone();
    scene.deliver(scene.acceptor.about(batman, records::Online{.count = 3, .receivers = everyone}.record()));
    for (const SlotId client : {batman, joker, robin})
        CHECK(scene.news(client) == "online id=48213 name=Batman count=3 :Batman has joined.\n");
    Record renamed = scene.acceptor.about(
        batman, records::Renamed{.name = "Bruce", .old_name = "Batman", .receivers = everyone}.record());
    renamed.tag = "7";
    scene.deliver(renamed);
    CHECK(scene.news(batman) == "renamed id=48213 old=Batman name=Bruce tag=7\n");
    CHECK(scene.news(joker) == "renamed id=48213 old=Batman name=Bruce\n");
    scene.deliver(scene.acceptor.about(batman, records::Online{.count = 1}.record()));  // to nobody else
    is(scene.news(batman), "online ", "\n");
    CHECK(scene.news(joker) == "");
}

TEST_CASE("fan-out: the others receive a departure, and the client that asked receives bye", "[fan_out][R16][R61]") {
    Scene scene;
    const std::vector<SlotId> everyone = {batman, joker, robin};
    scene.deliver(scene.acceptor.about(
        batman, records::Departed{.reason = LeaveReason::killed, .count = 2, .says_bye = true, .receivers = everyone}
                    .record()));
    CHECK(scene.news(batman) == "bye :Session ended\n");
    for (const SlotId client : {joker, robin})
        CHECK(scene.news(client) == "offline id=48213 name=Batman reason=killed count=2 :Batman has left.\n");
}

TEST_CASE("fan-out: a message to a departed client is undelivered", "[fan_out][R13][R14]") {
    Scene scene;
    Record record = scene.acceptor.to_one_gone(batman, joker, "hi");
    CHECK(scene.news(batman).empty());
    const auto id = scene.deliver(record);
    CHECK(scene.news(batman) == undelivered(id));
    record.tag = "7";
    const auto tagged = scene.deliver(record);
    CHECK(scene.news(batman) == undelivered(tagged, " tag=7"));
    CHECK(scene.news(joker).empty());
}

TEST_CASE("fan-out: a message to a client whose outbox is closed is undelivered", "[fan_out][R13][R14]") {
    Scene scene;
    scene.outboxes.give_up(joker, LeaveReason::slow);
    Record record = scene.acceptor.direct(batman, joker, "hi");
    record.tag = "7";
    const auto id = scene.deliver(record);
    CHECK(scene.news(batman) == undelivered(id, " tag=7"));
    CHECK(scene.news(joker).empty());
    // A room's message is not undelivered: the others have it.
    Record said = scene.acceptor.to_all(batman, ToRoom{"lobby"}, "hello");
    said.tag = "8";
    const auto next = scene.deliver(said);
    CHECK(scene.news(batman) == "ok tag=8 id=" + std::to_string(next) + '\n');
    is(scene.news(robin), "message ", " :hello\n");
}

TEST_CASE("fan-out: when it is repeated from the start, nobody receives a line twice", "[fan_out][N01]") {
    Scene scene;
    Record record = scene.acceptor.to_all(batman, ToEveryone{}, "hello");
    record.tag = "7";
    const auto published = scene.acceptor.publisher.publish(record);
    scene.last = published.end - encoded_size(record);
    // A crash after the first receiver: the others have nothing yet.
    std::string lines;
    record.sequence = published.sequence;
    record.at = decode(QueueReader(scene.scratch.segment.queue_ring()).read(scene.last, published.end)->bytes)->at;
    REQUIRE(scene.outboxes.append(joker, record.sequence, render_for_receivers(record, lines)) ==
            Outboxes::Append::done);
    for (int life = 0; life < 3; ++life) {
        scene.restart();
        scene.repeat();
        scene.repeat();
    }
    const std::string line = scene.news(joker);
    is(line, "message ", " :hello\n");
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(scene.news(robin) == line);
    CHECK(scene.news(batman) == "ok tag=7 id=" + std::to_string(published.sequence) + '\n');
}

TEST_CASE("fan-out: the same outcome when it is repeated", "[fan_out][N01]") {
    Scene scene;
    Record record = scene.acceptor.direct(batman, joker, "hi");
    record.tag = "7";
    const auto id = scene.deliver(record);
    scene.outboxes.give_up(joker, LeaveReason::lost);  // after the message was in its outbox
    scene.restart();
    scene.repeat();
    CHECK(scene.news(batman) == "ok tag=7 id=" + std::to_string(id) + '\n');
}

TEST_CASE("fan-out: senders are notified of what a departed client never received", "[fan_out][R13][R14]") {
    Scene scene;
    const auto first = scene.deliver(scene.acceptor.direct(batman, joker, "one"));
    const auto second = scene.deliver(scene.acceptor.direct(robin, joker, "two"));
    const auto third = scene.deliver(scene.acceptor.direct(batman, joker, "three"));
    scene.deliver(scene.acceptor.to_all(robin, ToEveryone{}, "to all"));
    (void)scene.news(batman);
    (void)scene.news(robin);
    scene.deliver(scene.acceptor.departure(joker, LeaveReason::lost));
    scene.outboxes.give_up(joker, LeaveReason::lost);
    scene.outboxes.end(joker);
    scene.deliver(scene.acceptor.about(joker, RecordKind::closed));
    scene.repeat();
    CHECK(scene.news(batman) == undelivered(first) + undelivered(third));
    CHECK(scene.news(robin) == undelivered(second));
}

TEST_CASE("fan-out: only messages to one client or to a group have an entry in the ledger", "[fan_out]") {
    Scene scene;
    scene.deliver(scene.acceptor.to_all(batman, ToRoom{"lobby"}, "in the lobby"));
    const auto direct = scene.deliver(scene.acceptor.direct(batman, joker, "to you"));
    scene.deliver(scene.acceptor.to_all(robin, ToEveryone{}, "to all"));
    const std::vector<SlotId> members = {batman, joker, robin};
    Record record = scene.acceptor.to_all(robin, ToGroup{"4711"}, "to us");
    record.receivers = members;
    const auto group = scene.deliver(record);
    Record renamed = scene.acceptor.about(batman, RecordKind::renamed);
    renamed.receivers = members;
    scene.deliver(renamed);
    Record own = scene.acceptor.direct(joker, batman, "the answer to this is ok");
    own.tag = "7";
    scene.deliver(own);
    const auto unsent = unsent_messages(scene.scratch.segment, joker.slot);
    REQUIRE(unsent.size() == 2);
    CHECK(unsent[0].id == direct);
    CHECK(unsent[0].from == 48213);
    CHECK_FALSE(unsent[0].is_to_group());
    CHECK(unsent[1].id == group);
    CHECK(unsent[1].from == 30000);
    CHECK(unsent[1].is_to_group());
}

TEST_CASE("fan-out: a sender that has left too is not notified", "[fan_out]") {
    Scene scene;
    scene.deliver(scene.acceptor.direct(batman, joker, "one"));
    scene.deliver(
        scene.acceptor.about(batman, records::Departed{.reason = LeaveReason::quit, .says_bye = true}.record()));
    scene.deliver(scene.acceptor.departure(joker, LeaveReason::lost));
    scene.outboxes.end(joker);
    scene.deliver(scene.acceptor.about(joker, RecordKind::closed));
    CHECK(scene.news(batman) == "bye :Session ended\n");
}

TEST_CASE("fan-out: nothing is reported about a departed client that received everything", "[fan_out]") {
    Scene scene;
    scene.deliver(scene.acceptor.direct(batman, joker, "one"));
    Slot& slot = scene.scratch.segment.slots()[joker.slot];
    slot.written = committed_end(slot).tail;
    scene.deliver(scene.acceptor.departure(joker, LeaveReason::quit));
    scene.outboxes.end(joker);
    scene.deliver(scene.acceptor.about(joker, RecordKind::closed));
    CHECK(scene.news(batman).empty());
}

TEST_CASE("fan-out: notes, unknown kinds and impossible receivers do no harm", "[fan_out][D02]") {
    Scene scene;
    scene.deliver(records::Note{.detail = "192.0.2.7:1"}.record());
    Record future = scene.acceptor.about(batman, static_cast<RecordKind>(999));
    scene.deliver(future);
    const std::vector<SlotId> impossible = {{99, 1}, {0xffffffff, 0}, {1, 2}, {3, 1}, joker};
    Record record = scene.acceptor.to_all(batman, ToEveryone{}, "hello");
    record.receivers = impossible;
    scene.deliver(record);
    is(scene.news(joker), "message ", " :hello\n");
    CHECK(scene.news(robin).empty());
    CHECK(scene.news(batman).empty());
}

}  // namespace fan_out_test
