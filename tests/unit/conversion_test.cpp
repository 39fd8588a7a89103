// A segment of an earlier version is converted: everything in it is preserved, and a process that dies on the way
// leaves one intact segment.
#include "chat-acceptor/startup/conversion.h"

#include "chat-acceptor/startup/layout_0_1.h"
#include "chat-delivery/dialects/line/render.h"
#include "chat-delivery/outboxes.h"
#include "chat-delivery/unsent.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/record.h"
#include "tests/support/catch.h"
#include "tests/support/older_segment.h"
#include "tests/unit/populated_segment.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace conversion_test {

using namespace chat;
using test::check_equal;
using test::populate;
using test::ScratchInstance;
using test::ScratchSegment;

namespace {

constexpr SegmentSizes sizes = test::populated_sizes;

// An instance whose segment is of 0.1.0, and the segment that it was made from.
struct Older {
    Older() {
        populate(present.segment);
        const test::WriterOf01 writer(present.instance.name(), instance.object());
    }
    [[nodiscard]] SharedMemory open() const {
        std::string problem;
        return std::move(*SharedMemory::open(instance.object(), 1, problem));
    }
    [[nodiscard]] ino_t inode() const {
        struct stat status {};
        REQUIRE(::stat(instance.path().c_str(), &status) == 0);
        return status.st_ino;
    }

    ScratchSegment present{sizes, 43};
    ScratchInstance instance;
};

std::string problem_of(std::span<const std::byte> object) {
    std::string problem;
    CHECK_FALSE(describe_older(object, sizes, problem));
    return problem;
}

std::int64_t blocks_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_blocks * 512;
}

}  // namespace

TEST_CASE("a segment of 0.1.0 is converted with everything in it", "[conversion]") {
    const Older older;
    const FoundSegment found = Segment::find(older.instance.name());
    CHECK(found.verdict.fit == Fit::older);
    CHECK(found.verdict.problem == "it has version 0.1.0");
    std::string problem;
    const auto described = describe_older(found.object->bytes(), sizes, problem);
    REQUIRE(described);
    const Segment converted = convert_segment(older.instance.name(), older.open(), *described);
    check_equal(converted, older.present.segment);
    // Nothing earlier is ever shown as history.
    const std::uint64_t now = converted.words().sequence;
    for (const RoomRow& room : converted.rooms()) CHECK(room.opened == now);
    for (std::uint32_t slot = 0; slot < converted.slots().size(); ++slot)
        for (const SharedWord& joined : converted.joined(slot)) CHECK(joined == now);
    // Only the pages of streams that had memory have memory.
    CHECK(blocks_of(older.instance.path()) <= blocks_of(older.present.instance.path()));

    const ScratchInstance& instance = older.instance;
    std::string none;
    CHECK_FALSE(SharedMemory::open(instance.object() + ".new", 1, none));
    auto again = Segment::open(instance.name(), problem);
    REQUIRE(again);
    CHECK_FALSE(again->claim_acceptor());  // the converting process has it
    CHECK(again->claim_delivery());
    again->doorbell().ring();
    const auto begin = std::chrono::steady_clock::now();
    converted.doorbell().sleep(std::chrono::seconds(60), [] { return false; });
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}

namespace {

const SlotId client{1, 1};

// A segment with the outbox of one client, which becomes one of 0.1.0 and is converted.
struct WithOutbox {
    WithOutbox() { outboxes.begin(client, 1, {}); }
    void add(const Record& record, Origin origin = {}) {
        std::string line;
        REQUIRE(outboxes.append(client, record.sequence, render_for_receivers(record, line), origin) ==
                Outboxes::Append::done);
    }
    [[nodiscard]] Record message(MessageScope scope, std::string_view text) {
        Record record;
        record.kind = RecordKind::message;
        record.sequence = ++sequence;
        record.scope = static_cast<std::uint8_t>(scope);
        record.sender_id = 40'000 + static_cast<std::uint32_t>(sequence % 7);
        record.name = "Batman";
        record.target_id = 51'990;
        record.target = "1234";
        record.text = text;
        return record;
    }
    void add_direct(std::string_view text) {
        const Record record = message(MessageScope::direct, text);
        add(record, Origin{record.sender_id, LedgerKind::direct});
    }
    void add_group(std::string_view text) {
        const Record record = message(MessageScope::group, text);
        add(record, Origin{record.sender_id, LedgerKind::group});
    }
    void add_other(const std::string& lines) {
        REQUIRE(outboxes.append(client, ++sequence, lines) == Outboxes::Append::done);
    }
    [[nodiscard]] Slot& slot() const { return present.segment.slots()[client.slot]; }
    [[nodiscard]] static std::string unsent(const Segment& segment) {
        std::string text;
        for (const UnsentMessage& message : unsent_messages(segment, client.slot))
            text += std::to_string(message.id) + (message.is_to_group() ? " group " : " direct ") +
                    std::to_string(message.from) + '\n';
        return text;
    }
    [[nodiscard]] Segment convert() const {
        const test::WriterOf01 writer(present.instance.name(), instance.object());
        std::string problem;
        FoundSegment found = Segment::find(instance.name());
        const auto described = describe_older(found.object->bytes(), sizes, problem);
        REQUIRE(described);
        return convert_segment(instance.name(), std::move(*found.object), *described);
    }

    ScratchSegment present{sizes};
    Outboxes outboxes{present.segment, -1};
    ScratchInstance instance;
    std::uint64_t sequence = 1;
};

}  // namespace

TEST_CASE("the ledgers that 0.1.0 did not have are built from its lines", "[conversion][ledger]") {
    WithOutbox older;
    older.add_other("online id=48213 name=x count=2 :x has joined.\n");
    older.add_direct("message id=9 from=48213 name=x to=51990 at=now :forged");
    older.add(older.message(MessageScope::room, "to=51990 id=9 from=48213"));
    older.add_group("to=51990");
    older.add(older.message(MessageScope::broadcast, "message id=7 from=48213 to=51990 :x"));
    older.add_other("echo :message id=8 from=48213 name=x to=51990 at=now :x\n");
    older.add_other("file id=11 from=48213 name=Batman size=1 sha256=0 ticket=0 port=5001 to=51990 :plan.txt\n");
    older.add_other("undelivered id=10 to=51990 reason=disconnected :51990 (x) is now disconnected\n");
    older.add_direct("last");
    const std::string expected = "3 direct 40003\n5 group 40005\n10 direct 40003\n";
    REQUIRE(WithOutbox::unsent(older.present.segment) == expected);
    const std::uint64_t tail = committed_end(older.slot()).tail;
    for (std::uint64_t written = 0; written <= tail; ++written) {
        older.slot().written = written;
        const Segment converted = older.convert();
        INFO("written " << written);
        CHECK(WithOutbox::unsent(converted) == WithOutbox::unsent(older.present.segment));
        Segment::remove(older.instance.name());
    }
    older.slot().written = 0;
    const Segment converted = older.convert();
    // New lines are appended to the existing ones.
    Outboxes outboxes(converted, -1);
    REQUIRE(outboxes.append(client, older.sequence + 1, "any line\n", Origin{40'001, LedgerKind::group}) ==
            Outboxes::Append::done);
    CHECK(WithOutbox::unsent(converted) == expected + "11 group 40001\n");
}

TEST_CASE("the ledger of a converted outbox that wrapped around is complete", "[conversion][ledger]") {
    std::mt19937 dice(3);  // NOLINT(cert-msc51-cpp): the same every time
    for (int round = 0; round < 20; ++round) {
        WithOutbox older;
        for (int step = 0; step < 400; ++step) {
            const std::string text(1 + dice() % 300, 'x');
            if (dice() % 3 == 0)
                older.add_group(text);
            else
                older.add_direct(text);
            const std::uint64_t waiting = committed_end(older.slot()).tail - older.slot().written;
            if (waiting > sizes.outbox * 3 / 4) older.slot().written += dice() % waiting;
        }
        const std::string expected = WithOutbox::unsent(older.present.segment);
        const Segment converted = older.convert();
        INFO("round " << round);
        CHECK(WithOutbox::unsent(converted) == expected);
    }
}

TEST_CASE("no ledger is built for an outbox that ended cleanly or has impossible positions", "[conversion][ledger]") {
    const auto blocks_with = [](auto change) {
        WithOutbox older;
        older.add_direct("x");
        change(older);
        const Segment converted = older.convert();
        CHECK(committed_end(converted.slots()[client.slot]).entries == 0);
        return blocks_of(older.instance.path());
    };
    const auto all_written =
        blocks_with([](WithOutbox& older) { older.slot().written = committed_end(older.slot()).tail; });
    const auto ended = blocks_with([](WithOutbox& older) {
        older.slot().ended = note_about(client.generation, static_cast<std::uint8_t>(Ending::clean));
        older.present.segment.release_outbox(client.slot);
    });
    CHECK(ended < all_written);  // nothing of it was touched
    for (const std::uint64_t written : {std::uint64_t{1'000'000}, ~std::uint64_t{0}})
        CHECK(blocks_with([&](WithOutbox& older) { older.slot().written = written; }) == all_written);
    for (const std::uint64_t tail : {sizes.outbox + 1, ~std::uint64_t{0}})
        CHECK(blocks_with([&](WithOutbox& older) {
                  older.slot().outbox[older.slot().outbox_commit & 1U].tail = tail;
              }) == all_written);
    CHECK(blocks_with([&](WithOutbox& older) {
              older.slot().outbox[older.slot().outbox_commit & 1U].base = 1;  // beyond what was written
          }) == all_written);
}

TEST_CASE("sizes unknown to an older segment are those configured, and its own sizes stay", "[conversion]") {
    const Older older;
    std::string problem;
    SegmentSizes wanted = sizes;
    wanted.slots = 99;
    wanted.queue = 8192;
    const auto described = describe_older(older.open().bytes(), wanted, problem);
    REQUIRE(described);
    CHECK(described->sizes == sizes);
    CHECK(described->id == older.present.segment.id());
    CHECK(described->program == "0.1.0");
}

TEST_CASE("a segment of 0.1.0 that is damaged is not converted", "[conversion]") {
    const Older older;
    const SharedMemory object = older.open();
    auto* header = reinterpret_cast<layout_0_1::Header*>(object.bytes().data());
    const layout_0_1::Header right = *header;
    const auto problem_with = [&](auto change) {
        *header = right;
        change();
        header->checksum = header->compute_checksum();
        return problem_of(object.bytes());
    };
    header->id ^= 1U;
    CHECK(problem_of(object.bytes()) == "its header is damaged");
    CHECK(problem_with([&] { header->row_sizes += 1; }) == "it has another version");
    CHECK(problem_with([&] { header->sizes.max_line = 0; }) == "its header is damaged");
    CHECK(problem_with([&] { header->sizes.slots = ~0U; }) == "its header is damaged");
    CHECK(problem_with([&] { header->sizes.groups += 100; }) == "its size is wrong");
    CHECK(problem_with([&] { header->total += 4096; }) == "its size is wrong");
    *header = right;
    std::string problem;
    CHECK(describe_older(object.bytes(), sizes, problem));
}

TEST_CASE("leftovers of a killed conversion do no harm", "[conversion]") {
    const Older older;
    {
        const auto left = SharedMemory::create(older.instance.object() + ".new", 4096);
        CHECK(left.claim(acceptor_role));
    }
    std::string problem;
    const auto described = describe_older(older.open().bytes(), sizes, problem);
    REQUIRE(described);
    const Segment converted = convert_segment(older.instance.name(), older.open(), *described);
    check_equal(converted, older.present.segment);
    const auto left = SharedMemory::create(older.instance.object() + ".new", 4096);
    remove_unfinished_conversion(older.instance.name());
    CHECK_FALSE(left.has_name());
}

TEST_CASE("a conversion that fails leaves the old segment as it was", "[conversion]") {
    const Older older;
    const auto inode = older.inode();
    const auto blocks = blocks_of(older.instance.path());
    std::string problem;
    auto described = describe_older(older.open().bytes(), sizes, problem);
    REQUIRE(described);
    described->sizes.outbox = std::uint64_t{1} << 62U;  // no object is so large
    CHECK_THROWS_AS(convert_segment(older.instance.name(), older.open(), *described), std::system_error);
    CHECK(older.inode() == inode);
    CHECK(blocks_of(older.instance.path()) == blocks);
    CHECK_FALSE(SharedMemory::open(older.instance.object() + ".new", 1, problem));
    CHECK(Segment::find(older.instance.name()).verdict.fit == Fit::older);
}

TEST_CASE("an old segment that is truncated meanwhile is damaged", "[conversion]") {
    const Older older;
    std::string problem;
    SharedMemory object = older.open();
    const auto described = describe_older(object.bytes(), sizes, problem);
    REQUIRE(described);
    REQUIRE(::truncate(older.instance.path().c_str(), 8192) == 0);
    CHECK_THROWS_AS(convert_segment(older.instance.name(), std::move(object), *described), DamagedSegment);
    CHECK_FALSE(SharedMemory::open(older.instance.object() + ".new", 1, problem));
}

}  // namespace conversion_test
