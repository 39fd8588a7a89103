// A reader and a producer on a ring with arbitrary content, cursors and commit word: every entry lies in the ring, and
// reading ends.
#include "shared/memory/queue.h"

#include "shared/records/record.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

#include <algorithm>
#include <cstring>
#include <vector>

using namespace chat;
using fuzz::Input;
using fuzz::require;

namespace {

bool inside(std::span<const std::byte> ring, std::span<const std::byte> part) {
    return part.data() >= ring.data() && part.data() + part.size() <= ring.data() + ring.size();
}

// Small numbers, numbers near the end of the range, and all others.
Position consume_position(Input& input) {
    const auto small = input.integer<std::uint16_t>();
    switch (input.integer_between<int>(0, 3)) {
        case 0:
            return input.integer<Position>();
        case 1:
            return ~Position{0} - small;
        default:
            return small;
    }
}

void read_all(std::span<const std::byte> ring, Position at, Position tail) {
    const QueueReader reader(ring);
    while (at < tail) {
        const auto entry = reader.read(at, tail);
        if (!entry) return;
        require(entry->next > at && entry->next <= tail, "a reader goes forward, and not past the tail");
        require(inside(ring, entry->bytes) && entry->bytes.size() == entry->next - at, "an entry lies in the ring");
        if (const auto record = decode(entry->bytes))
            for (const SlotId receiver : record->receivers) require(receiver == receiver, "receivers can be read");
        at = entry->next;
    }
}

void produce(std::span<std::byte> ring, Input& input) {
    SharedWord tail{consume_position(input) / 2 / record_alignment * record_alignment};  // positions never wrap
    QueueProducer producer(ring, tail);
    for (int i = 0; i < 16; ++i) {
        const auto most = std::size_t{input.integer_between<std::uint16_t>(1, 64)} * record_alignment;
        const Position floor = consume_position(input);
        const Position before = producer.tail();
        const auto room = producer.prepare(most, floor, input.integer<std::uint8_t>());
        if (room.empty()) continue;
        require(inside(ring, room) && room.size() == most, "room lies in the ring");
        std::fill(room.begin(), room.end(), std::byte{0xaa});
        const RecordFrame frame{static_cast<std::uint32_t>(most), 1, 0};
        std::memcpy(room.data(), &frame, sizeof frame);
        const Position after = producer.commit(most);
        require(after - floor <= ring.size(), "nothing before the floor is overwritten");

        const QueueReader reader(ring);
        auto entry = reader.read(before, after);
        if (entry && entry->padding) entry = reader.read(entry->next, after);
        require(entry && entry->next == after && entry->bytes.size() == most, "what was committed is read");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const std::size_t words = input.integer_between<std::size_t>(1, 128);
    const Position at = consume_position(input);
    const Position tail = input.boolean() ? at + input.integer<std::uint16_t>() : consume_position(input);
    const bool produces = input.boolean();
    std::vector<std::uint64_t> memory(words);
    const auto ring = std::as_writable_bytes(std::span(memory));
    if (produces) {
        produce(ring, input);
    } else {
        (void)input.fill(ring.data(), ring.size());
        read_all(ring, at, tail);
    }
    return 0;
}
