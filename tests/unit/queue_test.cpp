// The ring of records: it wraps, it is never overfilled, damage in it is detected, and what one thread puts in another
// takes out, byte for byte.
#include "shared/memory/queue.h"

#include "tests/support/catch.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

namespace queue_test {

using namespace chat;

namespace {

constexpr std::chrono::seconds long_enough{10};  // for what is repeated very often
constexpr std::chrono::seconds deadline{60};     // for what must happen but might never

struct Ring {
    explicit Ring(std::size_t size, Position start = 0) : words(size / 8), tail(start) {}
    [[nodiscard]] std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words)); }

    std::vector<std::uint64_t> words;
    SharedWord tail;
};

constexpr std::uint16_t some_kind = 5;

// A record of `size` bytes, all of which after the frame are `fill`.
void fill_record(std::span<std::byte> room, std::size_t size, std::uint8_t fill) {
    const RecordFrame frame{static_cast<std::uint32_t>(size), some_kind, fill};
    std::memcpy(room.data(), &frame, sizeof frame);
    std::memset(room.data() + sizeof frame, fill, size - sizeof frame);
}

Position put(QueueProducer& producer, std::size_t size, Position floor, std::uint8_t fill) {
    const auto room = producer.prepare(size, floor, 0);
    REQUIRE(room.size() == size);
    fill_record(room, size, fill);
    return producer.commit(size);
}

bool is_filled_with(std::span<const std::byte> record, std::uint8_t fill) {
    for (const std::byte byte : record.subspan(sizeof(RecordFrame)))
        if (byte != std::byte{fill}) return false;
    return true;
}

}  // namespace

TEST_CASE("queue: records come out as they went in", "[queue][R10]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    const Position first = put(producer, 24, 0, 1);
    const Position second = put(producer, 8, 0, 2);
    CHECK(first == 24);
    CHECK(second == 32);
    CHECK(producer.tail() == 32);

    const QueueReader reader(ring.bytes());
    const auto one = reader.read(0, second);
    REQUIRE(one);
    CHECK(one->bytes.size() == 24);
    CHECK(one->next == first);
    CHECK_FALSE(one->padding);
    CHECK(is_filled_with(one->bytes, 1));
    const auto two = reader.read(first, second);
    REQUIRE(two);
    CHECK(two->bytes.size() == 8);
    CHECK(two->next == second);
    CHECK_FALSE(reader.read(second, second));
}

TEST_CASE("queue: a prepared record without a commit has no effect", "[queue]") {
    Ring ring(128);
    {
        QueueProducer killed(ring.bytes(), ring.tail);
        fill_record(killed.prepare(48, 0, 0), 48, 9);
    }
    CHECK(ring.tail == 0);
    QueueProducer successor(ring.bytes(), ring.tail);
    put(successor, 16, 0, 1);
    CHECK(is_filled_with(QueueReader(ring.bytes()).read(0, ring.tail)->bytes, 1));
}

TEST_CASE("queue: a commit may be smaller than what was prepared", "[queue]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    fill_record(producer.prepare(64, 0, 0), 16, 3);
    CHECK(producer.commit(16) == 16);
    CHECK(QueueReader(ring.bytes()).read(0, 16)->bytes.size() == 16);
}

TEST_CASE("queue: a record never crosses the end, and readers skip the padding", "[queue]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    const Position floor = put(producer, 104, 0, 1);
    const Position end = put(producer, 32, floor, 2);  // 24 are left before the end
    CHECK(end == 128 + 32);
    const QueueReader reader(ring.bytes());
    const auto padding = reader.read(floor, end);
    REQUIRE(padding);
    CHECK(padding->padding);
    CHECK(padding->next == 128);
    const auto record = reader.read(padding->next, end);
    REQUIRE(record);
    CHECK_FALSE(record->padding);
    CHECK(record->bytes.data() == ring.bytes().data());
    CHECK(is_filled_with(record->bytes, 2));
}

TEST_CASE("queue: a record that ends where the ring ends needs no padding", "[queue]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    const Position floor = put(producer, 104, 0, 1);
    CHECK(put(producer, 24, floor, 2) == 128);
    CHECK(put(producer, 104, floor, 3) == 128 + 104);
}

TEST_CASE("queue: a full ring is reported, and has room again when the floor has moved", "[queue][R10]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    const Position first = put(producer, 64, 0, 1);
    put(producer, 56, 0, 2);
    CHECK(producer.prepare(16, 0, 0).empty());
    CHECK(producer.prepare(8, 0, 8).empty());       // there is room, but it is reserved
    CHECK(producer.prepare(8, 0, 0).size() == 8);   // the last bytes can be used
    CHECK(producer.prepare(72, first, 0).empty());  // 8 too many, with the padding of 8 before it
    CHECK(producer.prepare(64, first, 0).size() == 64);
    CHECK(producer.prepare(64, first, 8).empty());
    CHECK(producer.prepare(136, first + 56, 0).empty());
    CHECK(producer.prepare(8, first - 64 - 128, 0).empty());  // a floor more than a ring behind is invalid
}

TEST_CASE("queue: positions grow beyond the ring's size", "[queue]") {
    const Position start = (Position{1} << 40U) + 128 * 3 + 112;
    Ring ring(128, start);
    QueueProducer producer(ring.bytes(), ring.tail);
    const Position end = put(producer, 24, start, 7);
    CHECK(end == start + 16 + 24);
    const QueueReader reader(ring.bytes());
    CHECK(reader.read(start, end)->padding);
    CHECK(is_filled_with(reader.read(start + 16, end)->bytes, 7));
}

TEST_CASE("queue: damaged frames are refused", "[queue][D02]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    const Position middle = put(producer, 96, 0, 1);
    const Position tail = put(producer, 24, 0, 2);
    const QueueReader reader(ring.bytes());
    const auto read_with_size = [&](Position at, std::uint32_t size) {
        std::memcpy(ring.bytes().data() + at, &size, sizeof size);
        return reader.read(at, tail).has_value();
    };
    CHECK(read_with_size(middle, 24));
    CHECK(read_with_size(middle, 8));
    for (const std::uint32_t size : {0U, 4U, 7U, 9U, 20U, 32U, 40U, 0x80000018U, 0xffffffffU, 0xfffffff8U}) {
        INFO(size);
        CHECK_FALSE(read_with_size(middle, size));
    }
    CHECK(read_with_size(0, 120));
    CHECK_FALSE(read_with_size(0, 128));  // past the tail
    CHECK_FALSE(reader.read(tail, tail));
    CHECK_FALSE(reader.read(tail + 8, tail));
    CHECK_FALSE(reader.read(0, 136));    // more than a ring behind the tail
    CHECK_FALSE(reader.read(124, 256));  // too near the end for a frame
}

TEST_CASE("queue: a frame that would cross the ring's end is refused", "[queue][D02]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    const Position last = put(producer, 96, 0, 1);
    put(producer, 32, 0, 2);
    const Position tail = put(producer, 64, last, 3);
    const QueueReader reader(ring.bytes());
    CHECK(reader.read(last, tail)->bytes.size() == 32);
    const std::uint32_t size = 40;  // fewer bytes than up to the tail
    std::memcpy(ring.bytes().data() + last, &size, sizeof size);
    CHECK_FALSE(reader.read(last, tail));
}

TEST_CASE("queue: one thread puts in what another takes out", "[queue][R10][R12]") {
    constexpr int max_records = 100'000;
    constexpr std::size_t most = 1024;
    Ring ring(8192);
    alignas(64) SharedWord head = 0;
    std::atomic<bool> give_up = false;
    std::atomic<bool> complete = false;  // the producer has added its last record
    const auto end = std::chrono::steady_clock::now() + long_enough;
    const auto next_random = [](std::uint32_t& state) { return (state = state * 1664525U + 1013904223U) >> 8U; };
    const auto size_of = [](std::uint32_t random) { return 16 + random % ((most - 16) / 8) * 8; };

    std::thread consumer([&] {
        const QueueReader reader(ring.bytes());
        std::uint32_t state = 1;
        Position at = 0;
        auto give_up_at = std::chrono::steady_clock::now() + deadline;
        for (;;) {
            const bool is_last = complete;
            const Position tail = ring.tail.load(std::memory_order_acquire);
            if (at == tail) {
                if (is_last) return;
                if (std::chrono::steady_clock::now() > give_up_at) break;
                std::this_thread::yield();
                continue;
            }
            const auto entry = reader.read(at, tail);
            if (!entry) break;
            if (!entry->padding) {
                const std::uint32_t random = next_random(state);
                if (entry->bytes.size() != size_of(random) || !is_filled_with(entry->bytes, random & 0xffU)) break;
            }
            at = entry->next;
            head.store(at, std::memory_order_release);
            give_up_at = std::chrono::steady_clock::now() + deadline;
        }
        give_up = true;
    });

    QueueProducer producer(ring.bytes(), ring.tail);
    std::uint32_t state = 1;
    int full = 0;
    for (int i = 0; i < max_records && !give_up && std::chrono::steady_clock::now() < end; ++i) {
        const std::uint32_t random = next_random(state);
        const std::size_t size = size_of(random);
        auto room = producer.prepare(size, head.load(std::memory_order_acquire), 0);
        while (room.empty() && !give_up) {
            ++full;
            std::this_thread::yield();
            room = producer.prepare(size, head.load(std::memory_order_acquire), 0);
        }
        if (room.empty()) break;
        fill_record(room, size, random & 0xffU);
        producer.commit(size);
    }
    complete = true;
    consumer.join();
    CHECK_FALSE(give_up);
    CHECK(head == ring.tail);
    CHECK(full > 0);  // the ring was small enough to test that too
}

TEST_CASE("queue: a position between records is refused", "[queue][D02]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    const Position tail = put(producer, 64, 0, 8);  // its bytes would make frames of 8
    const std::uint32_t size = 8;
    std::memcpy(ring.bytes().data() + 12, &size, sizeof size);
    CHECK_FALSE(QueueReader(ring.bytes()).read(12, tail));
}

TEST_CASE("queue: a producer does not trust a tail that another process wrote", "[queue][D02]") {
    Ring ring(128);
    QueueProducer producer(ring.bytes(), ring.tail);
    put(producer, 16, 0, 1);
    ring.tail = 0x123456789;
    CHECK(producer.tail() == 16);
    CHECK(put(producer, 16, 0, 2) == 32);
    CHECK(ring.tail == 32);
}

}  // namespace queue_test
