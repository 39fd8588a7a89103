// The arithmetic of inboxes and outboxes.
#include "shared/memory/byte_ring.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <string>
#include <vector>

namespace byte_ring_test {

using namespace chat;

TEST_CASE("positions count from the base", "[byte_ring]") {
    std::vector<std::byte> memory(16);
    const ByteRing<std::byte> ring(memory, 1000);
    CHECK(ring.size() == 16);
    CHECK(ring.offset(1000) == 0);
    CHECK(ring.offset(1015) == 15);
    CHECK(ring.offset(1016) == 0);
    CHECK(ring.offset(1000 + 16 * 5 + 3) == 3);
}

TEST_CASE("there is one piece, or two across the end", "[byte_ring]") {
    std::vector<std::byte> memory(16);
    const ByteRing<std::byte> ring(memory, 8);
    for (std::size_t start = 0; start < 16; ++start)
        for (std::size_t length = 0; length <= 16; ++length) {
            const auto [first, second] = ring.pieces(8 + 32 + start, length);
            INFO(start << ' ' << length);
            CHECK(first.data() == memory.data() + start);
            CHECK(first.size() + second.size() == length);
            CHECK(first.size() == std::min(length, 16 - start));
            CHECK(second.data() == memory.data());
        }
}

TEST_CASE("written bytes can be viewed, across the end too", "[byte_ring]") {
    std::vector<std::byte> memory(16);
    std::string scratch;
    for (std::uint64_t at = 100; at < 140; ++at)
        for (std::size_t length = 0; length <= 16; ++length) {
            const ByteRing<std::byte> ring(memory, 100);
            const std::string text = std::string("0123456789abcdef").substr(0, length);
            std::fill(memory.begin(), memory.end(), std::byte{'.'});
            ring.write(at, text);
            INFO(at << ' ' << length);
            CHECK(ring.view(at, length, scratch) == text);
            CHECK(std::count(memory.begin(), memory.end(), std::byte{'.'}) == static_cast<std::ptrdiff_t>(16 - length));
        }
}

TEST_CASE("a view of one piece is the ring's own memory", "[byte_ring]") {
    std::vector<std::byte> memory(16);
    const ByteRing<std::byte> ring(memory, 0);
    std::string scratch;
    ring.write(4, "text");
    const auto view = ring.view(4, 4, scratch);
    CHECK(static_cast<const void*>(view.data()) == memory.data() + 4);
    CHECK(scratch.empty());
}

}  // namespace byte_ring_test
