// The producing end: one record, one commit, then its effects; never more than there is room for; and the same effects
// when a successor repeats it.
#include "chat-acceptor/publisher.h"

#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace publisher_test {

using namespace chat;
using test::Publishing;
using test::ScratchSegment;

namespace {

void forget_up_to(const Segment& segment, Position position) {
    segment.words().head = segment.words().logged = segment.words().sessions_logged = position;
}

std::vector<RecordKind> kinds_in_queue(const Segment& segment, Position from = 0) {
    std::vector<RecordKind> kinds;
    const QueueReader reader(segment.queue_ring());
    const Position tail = segment.words().tail;
    while (from < tail) {
        const auto entry = reader.read(from, tail);
        if (!entry) break;
        if (!entry->padding) kinds.push_back(decode(entry->bytes)->kind);
        from = entry->next;
    }
    return kinds;
}

// Rows and words that a record changes, byte for byte.
std::string state_of(const Segment& segment) {
    std::string bytes;
    for (const Slot& slot : segment.slots()) {
        const ClientRow& row = valid_row(slot);
        bytes.append(reinterpret_cast<const char*>(&row), sizeof row);
        bytes += std::to_string(slot.parsed.load()) + '/' + std::to_string(slot.inbox_base.load()) + '/';
    }
    const auto departed = std::as_bytes(segment.departed().first(8));
    bytes.append(reinterpret_cast<const char*>(departed.data()), departed.size());
    const QueueWords& words = segment.words();
    return bytes + std::to_string(words.tail.load()) + '/' + std::to_string(words.checkpoint.load()) + '/' +
           std::to_string(words.sequence.load());
}

// One step of a short history; steps[n] is published after steps[0..n-1].
const std::vector<std::function<Record(const Publishing&)>>& steps() {
    static const SlotId one{0, 1};
    static const SlotId two{1, 1};
    static const std::vector<std::function<Record(const Publishing&)>> all = {
        [](const Publishing& p) { return p.newcomer(one, 11111, "amberjack0"); },
        [](const Publishing& p) { return p.about(one, RecordKind::online); },
        [](const Publishing& p) { return p.newcomer(two, 22222, "bluewhale1"); },
        [](const Publishing& p) {
            Record record = p.about(one, RecordKind::renamed);
            record.name = "Batman";
            record.sender_state = 28;
            return record;
        },
        [](const Publishing& p) {
            Record record = p.direct(two, one, "hi");
            record.sender_state = 30;
            return record;
        },
        [](const Publishing& p) {
            Record record = p.departure(one, LeaveReason::killed);
            record.sender_state = 50;
            return record;
        },
        [](const Publishing& p) {
            Record record = p.about(one, RecordKind::closed);
            return record;
        },
        [](const Publishing& p) {
            return p.newcomer({0, 2}, 33333, "catfish222");
        },
        [](const Publishing& p) {
            Record record = p.about(two, RecordKind::error);
            record.sender_state = 1024 << 1U | 1;
            return record;
        },
    };
    return all;
}

Record at_a_fixed_time(Record record) {
    record.at = 5'000'000;
    return record;
}

}  // namespace

TEST_CASE("publisher: a record gets the next number, is committed and has its effect", "[publisher][R60]") {
    const ScratchSegment scratch(test::small_sizes, 43);
    Publishing acceptor(scratch.segment);
    CHECK(acceptor.publisher.next_sequence() == 43);
    const auto first = acceptor.publisher.publish(acceptor.newcomer({0, 1}, 11111, "amberjack0"));
    CHECK(first.sequence == 43);
    CHECK(first.end == scratch.segment.words().tail);
    CHECK(scratch.segment.words().checkpoint == first.end);
    CHECK(scratch.segment.words().sequence == 43);
    CHECK(acceptor.sessions.row(0).session == 43);
    const auto second = acceptor.publisher.publish(acceptor.about({0, 1}, RecordKind::online));
    CHECK(second.sequence == 44);
    CHECK(acceptor.sessions.row(0).announced);
    CHECK(kinds_in_queue(scratch.segment) == std::vector<RecordKind>{RecordKind::connected, RecordKind::online});
    const auto record = decode(QueueReader(scratch.segment.queue_ring()).read(first.end, second.end)->bytes);
    CHECK(record->sequence == 44);
    CHECK(record->at > 1'600'000'000'000'000);  // the time of publishing if the record has none
}

TEST_CASE("publisher: a full queue keeps an eighth for control records", "[publisher][R10]") {
    const ScratchSegment scratch;
    Publishing acceptor(scratch.segment);
    const std::string text(1000, 't');
    Record record;
    record.kind = RecordKind::echo;
    record.text = text;
    const std::size_t size = scratch.segment.queue_ring().size();
    const auto free = [&] { return size - (scratch.segment.words().tail - 0); };
    while (acceptor.publisher.has_room()) acceptor.publisher.publish(record);
    CHECK(free() >= size / 8);
    CHECK(free() < size / 2);
    REQUIRE(acceptor.publisher.has_control_room());
    int control = 0;
    while (acceptor.publisher.has_control_room()) {
        acceptor.publisher.publish(record);
        ++control;
    }
    CHECK(control > 20);
    CHECK_FALSE(acceptor.publisher.has_room());
    // All four readers must have passed a record before it is overwritten.
    const Position tail = scratch.segment.words().tail;
    QueueWords& words = scratch.segment.words();
    CHECK(words.checkpoint == tail);
    for (SharedWord* word : {&words.head, &words.logged, &words.sessions_logged}) {
        forget_up_to(scratch.segment, tail);
        *word = 0;
        CHECK_FALSE(acceptor.publisher.has_control_room());
    }
    forget_up_to(scratch.segment, tail);
    CHECK(acceptor.publisher.has_room());
}

TEST_CASE("publisher: if there is room, the largest record fits at any position of the ring", "[publisher][R10]") {
    SegmentSizes sizes = test::small_sizes;
    sizes.queue = 131'072;
    const ScratchSegment scratch(sizes);
    Publishing acceptor(scratch.segment);
    const std::string help(16'384, 'h');
    const std::vector<SlotId> receivers(sizes.slots, SlotId{});
    Record record;
    record.kind = RecordKind::help;
    Position position = 0;
    int full = 0;
    for (std::size_t i = 0; i < 500; ++i) {
        const bool control = i % 2 == 0;
        while (!(control ? acceptor.publisher.has_control_room() : acceptor.publisher.has_room())) {
            ++full;
            position += 8192;
            forget_up_to(scratch.segment, std::min<Position>(position, scratch.segment.words().tail));
        }
        record.text = std::string_view(help).substr(0, i % 3 == 0 ? help.size() : i * 37 % help.size());
        record.receivers = std::span(receivers).first(i % 4);
        acceptor.publisher.publish(record);  // throws if it does not fit
    }
    CHECK(full > 50);
    CHECK(scratch.segment.words().tail > 10 * sizes.queue);
}

TEST_CASE("publisher: redo after a crash between commit and effects gives equal rows", "[publisher][N01]") {
    for (std::size_t last = 0; last < steps().size(); ++last) {
        const ScratchSegment unharmed;
        Publishing live(unharmed.segment);
        for (std::size_t i = 0; i <= last; ++i) live.publisher.publish(at_a_fixed_time(steps()[i](live)));

        const ScratchSegment killed;
        {
            Publishing before(killed.segment);
            for (std::size_t i = 0; i < last; ++i) before.publisher.publish(at_a_fixed_time(steps()[i](before)));
            Record record = at_a_fixed_time(steps()[last](before));
            record.sequence = before.publisher.next_sequence();
            QueueProducer producer(killed.segment.queue_ring(), killed.segment.words().tail);
            const std::size_t size = encoded_size(record);
            encode(record, producer.prepare(size, 0, 0));
            producer.commit(size);
        }
        INFO("record " << last + 1);
        CHECK(state_of(killed.segment) != state_of(unharmed.segment));
        Publishing successor(killed.segment);
        std::vector<std::uint64_t> seen;
        successor.publisher.redo([&](const Record& record, Position begin, Position end) {
            seen.push_back(record.sequence);
            CHECK(end - begin == encoded_size(record));
        });
        CHECK(state_of(killed.segment) == state_of(unharmed.segment));
        CHECK(seen.size() == last + 1);  // no row is in the database yet, so all of them are logged again
        CHECK(seen.back() == last + 1);
        CHECK(successor.publisher.next_sequence() == live.publisher.next_sequence());
        CHECK(successor.sessions.everyone().size() == live.sessions.everyone().size());
        CHECK(successor.sessions.announced_count() == live.sessions.announced_count());
    }
}

TEST_CASE("publisher: redo reports what the database may lack, and applies what the rows may lack",
          "[publisher][N01]") {
    const ScratchSegment scratch;
    std::vector<Position> ends;
    {
        Publishing acceptor(scratch.segment);
        for (const auto& step : steps())
            ends.push_back(acceptor.publisher.publish(at_a_fixed_time(step(acceptor))).end);
    }
    const std::string before = state_of(scratch.segment);
    QueueWords& words = scratch.segment.words();
    const Position tail = words.tail;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        // From as far back as any process may have been when all of them died: applying records is idempotent.
        words.checkpoint = i == 0 ? 0 : ends[i - 1];
        words.sessions_logged = i % 2 == 0 ? words.checkpoint.load() : 0;
        Publishing successor(scratch.segment);
        std::size_t shown = 0;
        successor.publisher.redo([&](const Record&, Position, Position) { ++shown; });
        CHECK(shown == (i % 2 == 0 ? ends.size() - i : ends.size()));
        CHECK(words.checkpoint == tail);
        CHECK(state_of(scratch.segment) == before);
    }
}

TEST_CASE("publisher: redo always rings once, and numbers continue after it", "[publisher][D02]") {
    const ScratchSegment scratch;
    { Publishing(scratch.segment).connect({0, 1}, 11111, "amberjack0"); }
    Publishing successor(scratch.segment);
    int value = -1;
    ::sem_getvalue(&scratch.segment.doorbell().semaphore, &value);
    CHECK(value == 0);
    successor.publisher.redo([](const Record&, Position, Position) {});
    ::sem_getvalue(&scratch.segment.doorbell().semaphore, &value);
    CHECK(value == 1);
    CHECK(successor.publisher.publish(successor.about({0, 1}, RecordKind::online)).sequence == 2);
    CHECK(kinds_in_queue(scratch.segment) == std::vector<RecordKind>{RecordKind::connected, RecordKind::online});
}

TEST_CASE("publisher: a damaged queue is refused, an unknown kind is skipped", "[publisher][D02]") {
    const ScratchSegment scratch;
    Publishing acceptor(scratch.segment);
    Record future;
    future.kind = static_cast<RecordKind>(999);
    future.session = 1;
    acceptor.publisher.publish(future);
    acceptor.connect({0, 1}, 11111, "amberjack0");
    scratch.segment.words().checkpoint = 0;
    std::size_t shown = 0;
    acceptor.publisher.redo([&](const Record&, Position, Position) { ++shown; });
    CHECK(shown == 2);
    const std::uint32_t nonsense = 7;
    std::memcpy(scratch.segment.queue_ring().data(), &nonsense, sizeof nonsense);
    scratch.segment.words().checkpoint = 0;
    CHECK_THROWS_AS(acceptor.publisher.redo([](const Record&, Position, Position) {}), std::runtime_error);
}

TEST_CASE("publisher: a record that cannot be read is damage", "[publisher][D02]") {
    const ScratchSegment scratch;
    Publishing acceptor(scratch.segment);
    acceptor.connect({0, 1}, 11111, "amberjack0");
    scratch.segment.words().checkpoint = 0;
    scratch.segment.queue_ring()[offsetof(RecordHead, name_size)] = std::byte{255};
    CHECK_THROWS_AS(acceptor.publisher.redo([](const Record&, Position, Position) {}), DamagedSegment);
}

TEST_CASE("publisher: impossible cursors are damage", "[publisher][D02]") {
    const auto redo = [](SharedWord QueueWords::*word, Position value) {
        const ScratchSegment scratch;
        {
            Publishing acceptor(scratch.segment);
            acceptor.connect({0, 1}, 11111, "amberjack0");
        }
        scratch.segment.words().*word = value;
        Publishing successor(scratch.segment);
        successor.publisher.redo([](const Record&, Position, Position) {});
    };
    for (const Position value : {Position{1} << 20U, Position{1} << 63U, ~Position{0}}) {
        INFO(value);
        CHECK_THROWS_AS(redo(&QueueWords::tail, value), DamagedSegment);
        CHECK_THROWS_AS(redo(&QueueWords::checkpoint, value), DamagedSegment);
    }
    CHECK_THROWS_AS(redo(&QueueWords::tail, 12), DamagedSegment);  // not the end of a record
    const ScratchSegment scratch;
    Publishing acceptor(scratch.segment);
    forget_up_to(scratch.segment, 64);
    scratch.segment.words().checkpoint = 64;
    CHECK_THROWS_AS(acceptor.publisher.redo([](const Record&, Position, Position) {}), DamagedSegment);
}

TEST_CASE("publisher: readers beyond the tail are damage, detected when room is needed", "[publisher][D02]") {
    const ScratchSegment scratch;
    Publishing acceptor(scratch.segment);
    Record record;
    record.kind = RecordKind::echo;
    const std::string text(4000, 't');
    record.text = text;
    while (acceptor.publisher.has_control_room()) acceptor.publisher.publish(record);
    forget_up_to(scratch.segment, acceptor.publisher.tail() + 8);
    scratch.segment.words().checkpoint = acceptor.publisher.tail() + 8;
    CHECK_THROWS_AS(acceptor.publisher.has_control_room(), DamagedSegment);
    CHECK_THROWS_AS(acceptor.publisher.has_room(), DamagedSegment);
}

TEST_CASE("publisher: assigned numbers are not assigned again", "[publisher][D02][N03]") {
    const auto redo_with = [](auto spoil) {
        const ScratchSegment scratch(test::small_sizes, 43);
        {
            Publishing acceptor(scratch.segment);
            acceptor.connect({0, 1}, 11111, "amberjack0");
            acceptor.publisher.publish(acceptor.about({0, 1}, RecordKind::online));
        }
        QueueWords& words = scratch.segment.words();
        forget_up_to(scratch.segment, words.tail);
        words.checkpoint = words.tail.load();
        spoil(scratch.segment);
        Publishing successor(scratch.segment);
        successor.publisher.redo([](const Record&, Position, Position) {});
        return successor.publisher.next_sequence();
    };
    CHECK(redo_with([](const Segment&) {}) == 45);
    CHECK_THROWS_AS(redo_with([](const Segment& s) { s.words().sequence = 43; }), DamagedSegment);
    CHECK_THROWS_AS(redo_with([](const Segment& s) { s.words().sequence = std::uint64_t{1} << 62U; }), DamagedSegment);
    CHECK_THROWS_AS(redo_with([](const Segment& s) { s.slots()[1].outbox_commit = 47U << 1U; }), DamagedSegment);
    CHECK(redo_with([](const Segment& s) { s.slots()[1].outbox_commit = 45U << 1U; }) == 45);
}

TEST_CASE("no record is published of a kind that delivery does not know", "[publisher]") {
    const ScratchSegment scratch;
    Tables tables(scratch.segment);
    Publisher publisher(scratch.segment, tables, RecordKind::message);
    REQUIRE(publisher.has_room());
    Record note;
    note.kind = RecordKind::note;
    CHECK(publisher.may_publish(RecordKind::message));
    CHECK_FALSE(publisher.may_publish(note.kind));
    CHECK_THROWS_AS(publisher.publish(note), std::logic_error);
    CHECK(scratch.segment.words().tail == 0);

    publisher.set_known_kinds(static_cast<std::uint32_t>(RecordKind::note));  // as in the hello of a later delivery
    CHECK(publisher.publish(note).sequence == 1);
    CHECK_FALSE(publisher.may_publish(RecordKind::forget));

    publisher.set_known_kinds(0);  // as in 0.1.0
    CHECK(publisher.may_publish(RecordKind::forget));
    CHECK_FALSE(publisher.may_publish(static_cast<RecordKind>(static_cast<int>(RecordKind::forget) + 1)));
    publisher.set_known_kinds(0x10000 + 1);  // more than a kind can be
    CHECK(publisher.may_publish(RecordKind::forget));
}

}  // namespace publisher_test
