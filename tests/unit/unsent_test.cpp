// What a departed client never got: found again in its outbox, whole lines only, wherever the ring's end falls.
#include "chat-delivery/unsent.h"

#include "chat-delivery/outboxes.h"
#include "chat-delivery/render.h"
#include "shared/records/message.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <string>
#include <vector>

namespace unsent_test {

using namespace chat;

namespace {

const SlotId client{1, 1};

std::string direct_line(std::uint64_t id, std::uint32_t from, std::string_view text) {
    Record record;
    record.kind = RecordKind::message;
    record.sequence = id;
    record.sender_id = from;
    record.name = "Batman";
    record.target_id = 51990;
    record.text = text;
    std::string out;
    return std::string(render_for_receivers(record, out));
}

std::string line_to(MessageScope scope, std::string_view target, std::string_view text) {
    Record record;
    record.kind = RecordKind::message;
    record.sequence = 4;
    record.sender_id = 48213;
    record.scope = static_cast<std::uint8_t>(scope);
    record.name = "Batman";
    record.target = target;
    record.text = text;
    std::string out;
    return std::string(render_for_receivers(record, out));
}

struct Scene {
    Scene() { outboxes.begin(client, 1, {}); }
    void append(const std::string& lines) {
        REQUIRE(outboxes.append(client, ++sequence, lines) == Outboxes::Append::done);
    }
    // The socket has taken so many bytes in all.
    void write_up_to(std::uint64_t position) { scratch.segment.slots()[client.slot].written = position; }
    [[nodiscard]] std::vector<std::uint64_t> unsent() const {
        std::vector<std::uint64_t> ids;
        for (const UnsentMessage& message : unsent_messages(scratch.segment, client.slot)) ids.push_back(message.id);
        return ids;
    }

    test::ScratchSegment scratch;
    Outboxes outboxes{scratch.segment, -1};
    std::uint64_t sequence = 1;
};

}  // namespace

TEST_CASE("unsent: messages to one or to a group, and no other lines", "[unsent][R13][R14][N03]") {
    Scene scene;
    CHECK(scene.unsent().empty());
    scene.append("online id=48213 name=x count=2 :x has joined.\n");
    scene.append(direct_line(2, 48213, "hi"));
    scene.append(line_to(MessageScope::room, "lobby", "to=51990 id=9 from=48213"));
    scene.append(line_to(MessageScope::group, "1234", "to=51990"));
    scene.append(line_to(MessageScope::broadcast, "", "message id=7 from=48213 to=51990 :x"));
    scene.append("echo :message id=8 from=48213 name=x to=51990 at=now :x\n");
    scene.append("file id=11 from=48213 name=Batman size=1 sha256=0 ticket=0 port=5001 to=51990 :plan.txt\n");
    scene.append("undelivered id=10 to=51990 reason=disconnected :51990 (x) is now disconnected\n");
    scene.append(direct_line(3, 30000, "message id=9 from=1 to=2 :nested"));
    const auto unsent = unsent_messages(scene.scratch.segment, client.slot);
    REQUIRE(unsent.size() == 3);
    CHECK(unsent[0].id == 2);
    CHECK(unsent[0].from == 48213);
    CHECK_FALSE(unsent[0].to_group);
    CHECK(unsent[1].to_group);
    CHECK(unsent[2].id == 3);
    CHECK(unsent[2].from == 30000);
    CHECK_FALSE(unsent[2].to_group);
}

TEST_CASE("unsent: a line of which any byte was taken was sent, the next were not", "[unsent][R14]") {
    Scene scene;
    const std::string first = direct_line(2, 48213, "first");
    const std::string second = direct_line(3, 48213, "message id=9 from=48213 name=x to=51990 at=now :forged");
    scene.append(first + second);
    for (std::uint64_t written = 0; written <= first.size() + second.size(); ++written) {
        scene.write_up_to(written);
        std::vector<std::uint64_t> expected;
        if (written == 0) expected.push_back(2);
        if (written <= first.size()) expected.push_back(3);
        INFO("written " << written);
        CHECK(scene.unsent() == expected);
    }
}

TEST_CASE("unsent: the same across the ring's end, and where the ring is full", "[unsent][R14]") {
    constexpr std::size_t size = test::small_sizes.outbox;
    const std::string line = direct_line(2, 48213, "x");
    for (std::size_t lag = 1; lag < 2 * line.size(); lag += 7) {
        Scene scene;
        // Base 0, and something unsent all the time, so that it stays there.
        std::uint64_t tail = 0;
        while (tail < size - lag) {
            const std::string filler(std::min<std::size_t>(size - lag - tail, 4000) - 1, 'f');
            scene.append(filler + '\n');
            tail += filler.size() + 1;
            scene.write_up_to(tail - 1);
        }
        scene.append(line + line + line);
        tail += 3 * line.size();
        INFO("lag " << lag);
        scene.write_up_to(tail - 3 * line.size());
        CHECK(scene.unsent().size() == 3);
        scene.write_up_to(tail - 3 * line.size() + 1);
        CHECK(scene.unsent().size() == 2);
        scene.write_up_to(tail - line.size());
        CHECK(scene.unsent().size() == 1);
    }
    Scene full;
    full.append(line);
    full.append(std::string(size - line.size() - 1, 'f') + '\n');
    CHECK(full.unsent() == std::vector<std::uint64_t>{2});
}

TEST_CASE("unsent: an outbox is filled so far that the beginning of its first line is known", "[unsent][R14]") {
    constexpr std::size_t size = test::small_sizes.outbox;
    const std::string first = direct_line(2, 48213, "sent");
    const std::string second = direct_line(3, 48213, "message id=9 from=48213 name=x to=51990 at=now :forged");
    for (const bool in_the_middle : {false, true}) {
        Scene scene;
        scene.append(first + second);
        const std::size_t cut = first.size() + (in_the_middle ? second.find("message id=9") : 0);
        scene.write_up_to(cut);
        const std::size_t room = size - (first.size() + second.size() - cut) - 1;  // the byte before the first unsent
        scene.append(std::string(room - 1, 'f') + '\n');
        CHECK(scene.unsent() == (in_the_middle ? std::vector<std::uint64_t>{} : std::vector<std::uint64_t>{3}));
        CHECK(scene.outboxes.append(client, 99, "\n") == Outboxes::Append::gone);
        CHECK(scene.unsent() == (in_the_middle ? std::vector<std::uint64_t>{} : std::vector<std::uint64_t>{3}));
    }
    Scene scene;
    scene.append(direct_line(2, 48213, std::string(size - direct_line(2, 48213, "").size(), 'x')));  // from the start
    CHECK(scene.unsent() == std::vector<std::uint64_t>{2});
}

TEST_CASE("unsent: positions that cannot be find nothing", "[unsent]") {
    Scene scene;
    scene.append(direct_line(2, 48213, "x"));
    scene.write_up_to(1'000'000);
    CHECK(scene.unsent().empty());
    scene.write_up_to(~std::uint64_t{0});
    CHECK(scene.unsent().empty());
}

}  // namespace unsent_test
