// What a departed client never received: known from the ledger of its outbox, whatever its lines look like, wherever
// the rings wrap, and whenever delivery dies.
#include "chat-delivery/unsent.h"

#include "chat-delivery/dialects/line/render.h"
#include "chat-delivery/outboxes.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/message.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

#include <sys/epoll.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace unsent_test {

using namespace chat;
using Append = Outboxes::Append;

namespace {

const SlotId client{1, 1};
const Origin batman{48213, LedgerKind::direct};
constexpr std::uint64_t capacity = ledger_capacity(test::small_sizes.outbox);

struct Scene {
    Scene() { outboxes.begin(client, 1, {}); }
    // Appends a message with its entry, and returns its number.
    std::uint64_t add(const std::string& line, Origin origin = batman) {
        REQUIRE(outboxes.append(client, ++sequence, line, origin) == Append::done);
        return sequence;
    }
    // Appends any other line.
    void add_other(const std::string& line) { REQUIRE(outboxes.append(client, ++sequence, line) == Append::done); }
    // Pretends that the socket has taken this many bytes in all.
    void write_up_to(std::uint64_t position) const { slot().written = position; }
    void write_all() const { write_up_to(committed_end(slot()).tail); }
    [[nodiscard]] Slot& slot() const { return scratch.segment.slots()[client.slot]; }
    [[nodiscard]] OutboxEnd& end() const { return slot().outbox[slot().outbox_commit & 1U]; }
    [[nodiscard]] Ledger ledger() const { return scratch.segment.ledger(client.slot); }
    [[nodiscard]] std::vector<std::uint64_t> unsent() const {
        std::vector<std::uint64_t> ids;
        for (const UnsentMessage& message : unsent_messages(scratch.segment, client.slot)) ids.push_back(message.id);
        return ids;
    }

    test::ScratchSegment scratch;
    Outboxes outboxes{scratch.segment, -1};
    std::uint64_t sequence = 1;
};

using Ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("unsent: only messages with an entry are found", "[unsent][ledger][R13][R14][N03]") {
    Scene scene;
    CHECK(scene.unsent().empty());
    scene.add_other("online id=48213 name=x count=2 :x has joined.\n");
    scene.add("message id=2 from=48213 name=Batman to=51990 at=now :hi\n");
    scene.add_other("message id=3 from=48213 name=Batman to=room:lobby at=now :to=51990 id=9 from=48213\n");
    scene.add("any dialect at all\r\n", {30000, LedgerKind::group});
    scene.add("x\n", {30001, LedgerKind::direct});
    const auto unsent = unsent_messages(scene.scratch.segment, client.slot);
    REQUIRE(unsent.size() == 3);
    CHECK(unsent[0].id == 3);
    CHECK(unsent[0].from == 48213);
    CHECK_FALSE(unsent[0].is_to_group());
    CHECK(unsent[1].id == 5);
    CHECK(unsent[1].from == 30000);
    CHECK(unsent[1].is_to_group());
    CHECK(unsent[2].id == 6);
    CHECK(unsent[2].from == 30001);
    CHECK_FALSE(unsent[2].is_to_group());
}

TEST_CASE("unsent: a line of which any byte was taken counts as sent, the following ones do not",
          "[unsent][ledger][R14]") {
    Scene scene;
    const std::string line = "message\nof two lines\n";
    const std::uint64_t first = scene.add(line);
    const std::uint64_t second = scene.add(line);
    for (std::uint64_t written = 0; written <= 2 * line.size(); ++written) {
        scene.write_up_to(written);
        Ids expected;
        if (written == 0) expected.push_back(first);
        if (written <= line.size()) expected.push_back(second);
        INFO("written " << written);
        CHECK(scene.unsent() == expected);
    }
}

TEST_CASE("unsent: a repeated fan-out adds no entry", "[unsent][ledger][N01]") {
    Scene scene;
    const std::uint64_t id = scene.add("once\n");
    for (int i = 0; i < 3; ++i) CHECK(scene.outboxes.append(client, id, "once\n", batman) == Append::done);
    CHECK(scene.unsent() == Ids{id});
    CHECK(scene.end().entries == 1);
}

TEST_CASE("unsent: entries are counted from 0 again whenever the outbox is empty", "[unsent][ledger]") {
    Scene scene;
    for (int round = 0; round < 5; ++round) {
        const std::uint64_t first = scene.add("first\n");
        const std::uint64_t second = scene.add("second\n");
        CHECK(scene.end().entries == 2);
        CHECK(scene.ledger().at(0).sequence == first);
        CHECK(scene.unsent() == Ids{first, second});
        scene.write_all();
        CHECK(scene.unsent().empty());
    }
    scene.add_other("a line without an entry\n");
    CHECK(scene.end().entries == 0);
    CHECK(scene.unsent().empty());
}

TEST_CASE("unsent: whatever is appended and written, it is the lines that begin after the last byte written",
          "[unsent][ledger][R14]") {
    struct Message {
        std::uint64_t begin;
        std::uint64_t id;
    };
    std::mt19937 dice(7);  // NOLINT(cert-msc51-cpp): the same every time
    const auto roll = [&](std::uint32_t sides) { return static_cast<std::uint32_t>(dice() % sides); };
    for (const std::uint32_t longest : {3U, 40U, 400U}) {
        Scene scene;
        std::deque<Message> model;
        std::uint64_t max_entries = 0;
        for (int step = 0; step < 6000; ++step) {
            const std::uint64_t tail = scene.end().tail;
            const std::string line = std::string(roll(longest), 'x') + '\n';
            const bool with_entry = roll(4) != 0;
            if (scene.outboxes.append(client, ++scene.sequence, line, with_entry ? batman : Origin{}) != Append::done)
                FAIL("step " << step << ": given up");
            if (with_entry) model.push_back({tail, scene.sequence});
            max_entries = std::max(max_entries, scene.end().entries);
            // Sometimes everything is written; else half, once the ledger or the ring is half full.
            const std::uint64_t waiting = scene.end().tail - scene.slot().written;
            if (roll(700) == 0)
                scene.write_all();
            else if (waiting > test::small_sizes.outbox / 2 || model.size() > capacity / 2)
                scene.slot().written += 1 + roll(static_cast<std::uint32_t>(waiting) - 1);
            while (!model.empty() && model.front().begin < scene.slot().written) model.pop_front();
            Ids expected;
            for (const Message& message : model) expected.push_back(message.id);
            if (scene.unsent() != expected) FAIL("step " << step << ", written " << scene.slot().written);
        }
        if (longest == 3) CHECK(max_entries > 2 * capacity);  // it wrapped around
    }
}

TEST_CASE("unsent: a client whose ledger is full is disconnected, and its entries are known", "[unsent][ledger][R80]") {
    Scene scene;
    Ids ids;
    while (ids.size() < capacity) ids.push_back(scene.add("x\n"));
    CHECK(scene.unsent() == ids);
    scene.add_other("one without an entry\n");
    CHECK(scene.outboxes.append(client, ++scene.sequence, "y\n", batman) == Append::gone);
    CHECK(given_up(scene.slot(), client) == LeaveReason::slow);
    CHECK(scene.slot().gave_up_at == scene.sequence);
    CHECK(scene.unsent() == ids);
    CHECK(scene.ledger().at(0).sequence == ids.front());
}

TEST_CASE("unsent: a full ledger has room again once its oldest line begins to leave", "[unsent][ledger]") {
    Scene scene;
    Ids ids;
    while (ids.size() < capacity) ids.push_back(scene.add("x\n"));
    scene.write_up_to(1);
    ids.push_back(scene.add("x\n"));
    CHECK(scene.unsent() == Ids(ids.begin() + 1, ids.end()));
    CHECK(scene.outboxes.append(client, ++scene.sequence, "y\n", batman) == Append::gone);
}

TEST_CASE("unsent: a client that reads is not disconnected when its ledger fills in a burst", "[unsent][ledger][R80]") {
    const test::ScratchSegment scratch;
    const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    Outboxes outboxes(scratch.segment, epoll.get());
    const test::TcpPair tcp;
    outboxes.attach(client, tcp.server_copy());
    outboxes.begin(client, 1, {});
    std::string sent;
    for (std::uint64_t sequence = 2; sequence < 3 * capacity; ++sequence) {
        REQUIRE(outboxes.append(client, sequence, "x\n", batman) == Append::done);
        sent += "x\n";
    }
    outboxes.flush();
    CHECK(test::receive(tcp.peer.get(), sent.size()) == sent);
}

TEST_CASE("unsent: an outbox may be filled to its last byte", "[unsent][ledger]") {
    Scene scene;
    constexpr std::size_t size = test::small_sizes.outbox;
    const std::uint64_t first = scene.add("first\n");
    const std::uint64_t second = scene.add(std::string(size - 7, 'x') + '\n');
    CHECK(scene.unsent() == Ids{first, second});
    CHECK(scene.outboxes.append(client, 99, "\n") == Append::gone);
    CHECK(scene.unsent() == Ids{first, second});
    scene.write_up_to(6);
    CHECK(scene.unsent() == Ids{second});
    scene.write_up_to(7);
    CHECK(scene.unsent().empty());
}

TEST_CASE("unsent: an entry without its commit has no effect", "[unsent][ledger][N01]") {
    // The successor repeats the append, or appends something else instead.
    const bool same = GENERATE(true, false);
    const auto check = [same](Scene& scene, const char* what) {
        INFO(what);
        Ids before = scene.unsent();
        const std::uint64_t commit = scene.slot().outbox_commit;
        scene.add("lost\n");
        scene.slot().outbox_commit = commit;  // everything but this word was written
        CHECK(scene.unsent() == before);
        Outboxes successor(scene.scratch.segment, -1);
        if (!same) {
            REQUIRE(successor.append(client, scene.sequence, "another\n") == Append::done);
            CHECK(scene.unsent() == before);
        }
        REQUIRE(successor.append(client, scene.sequence + (same ? 0 : 1), "lost\n", batman) == Append::done);
        before.push_back(scene.sequence + (same ? 0 : 1));
        CHECK(scene.unsent() == before);
    };
    Scene empty;
    check(empty, "nothing was ever in it");
    Scene one_sent;
    one_sent.add("sent\n");
    one_sent.write_all();
    check(one_sent, "the count begins again, in place of the only entry");
    Scene waiting;
    waiting.add("first\n");
    waiting.add("second\n");
    waiting.write_up_to(1);
    check(waiting, "something waits");
    Scene round;
    for (std::uint64_t i = 0; i < capacity; ++i) round.add("x\n");
    round.write_up_to(1);
    check(round, "in place of the oldest entry");
}

TEST_CASE("unsent: an outbox that ended cleanly is not read", "[unsent][ledger]") {
    Scene scene;
    scene.add_other("not a message\n");
    scene.outboxes.end(client);
    REQUIRE(has_ended_cleanly(scene.slot(), client));
    scene.end().entries = 1;  // its memory was given back, and touching it would allocate some
    CHECK(scene.unsent().empty());
}

TEST_CASE("unsent: impossible positions find nothing", "[unsent]") {
    Scene scene;
    scene.add("x\n");
    for (const std::uint64_t written : {std::uint64_t{1'000'000}, ~std::uint64_t{0}}) {
        scene.write_up_to(written);
        CHECK(scene.unsent().empty());
    }
    scene.write_up_to(0);
    scene.end().tail = test::small_sizes.outbox + 1;
    CHECK(scene.unsent().empty());
}

TEST_CASE("unsent: a damaged ledger finds no more than it holds, and does no harm", "[unsent][ledger]") {
    std::mt19937_64 dice(11);  // NOLINT(cert-msc51-cpp): the same every time
    for (int round = 0; round < 200; ++round) {
        Scene scene;
        REQUIRE(scene.scratch.segment.reserve_outbox(client.slot, {.entries = capacity}));
        for (int i = 0; i < 5; ++i) scene.add("message\n");
        constexpr std::uint64_t counts[] = {
            0, 1, 4, 6, capacity, capacity + 1, 1U << 31U, ~std::uint64_t{0} - 1, ~std::uint64_t{0}};
        scene.end().entries = counts[dice() % std::size(counts)];
        for (int i = 0; i < 10; ++i) {
            LedgerEntry& entry = scene.ledger().at(dice() % 8);
            switch (dice() % 4) {
                case 0:
                    entry.begin = dice() % 64;
                    break;
                case 1:
                    entry.begin = dice();
                    break;
                case 2:
                    entry.kind = static_cast<LedgerKind>(dice());
                    break;
                default:
                    entry.sequence = dice();
                    break;
            }
        }
        CHECK(scene.unsent().size() <= scene.end().tail);  // each begins at a different byte
        (void)scene.outboxes.append(client, ++scene.sequence, "one more\n", batman);
        (void)scene.unsent();
        scene.outboxes.end(client);
    }
}

TEST_CASE("unsent: no native line with an entry is so short that a ledger is full before its outbox",
          "[unsent][ledger]") {
    Record record;
    record.kind = RecordKind::message;
    record.sequence = 1;
    record.sender_id = lowest_client_id;
    record.name = "a";
    record.target_id = lowest_client_id;
    record.target = "1";
    record.text = "x";
    for (const MessageScope scope : {MessageScope::direct, MessageScope::group}) {
        record.scope = static_cast<std::uint8_t>(scope);
        std::string line;
        CHECK(render_for_receivers(record, line).size() > test::small_sizes.outbox / (capacity - first_ledger_entries));
    }
}

}  // namespace unsent_test
