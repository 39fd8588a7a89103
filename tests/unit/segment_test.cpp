// The layout of the segment, and the conditions under which an existing one is taken over.
#include "shared/memory/segment.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

namespace segment_test {

using namespace chat;
using test::ScratchInstance;
using test::ScratchSegment;
using test::small_sizes;

namespace {

std::string problem_of_opening(const ScratchInstance& instance) {
    std::string problem;
    CHECK_FALSE(Segment::open(instance.name(), problem));
    return problem;
}

// Bytes of the object, changed from outside and restored.
class Patch {
  public:
    Patch(const ScratchInstance& instance, off_t at, const std::string& bytes)
        : fd_(::open(instance.path().c_str(), O_RDWR | O_CLOEXEC)), at_(at), before_(bytes.size(), '\0') {
        test::require_system(::pread(fd_.get(), before_.data(), before_.size(), at_) > 0, "pread");
        test::require_system(::pwrite(fd_.get(), bytes.data(), bytes.size(), at_) > 0, "pwrite");
    }
    Patch(const Patch&) = delete;
    Patch& operator=(const Patch&) = delete;
    ~Patch() { (void)!::pwrite(fd_.get(), before_.data(), before_.size(), at_); }

  private:
    UniqueFd fd_;
    off_t at_;
    std::string before_;
};

}  // namespace

TEST_CASE("a segment is opened again with its sizes, id and contents", "[segment][R59][R60][D02]") {
    const ScratchSegment scratch(small_sizes, 43);
    const Segment again = scratch.open_again();
    CHECK(again.sizes() == small_sizes);
    CHECK(again.id() == scratch.segment.id());
    CHECK(again.words().sequence == 42);
    CHECK(again.words().tail == 0);
    CHECK(again.slots().size() == small_sizes.slots);
    CHECK(again.departed().size() == departed_rows);
    CHECK(again.id_last_used().size() == 90'000);
    CHECK(again.queue_ring().size() == small_sizes.queue);
    scratch.segment.words().head = 77;
    scratch.segment.slots()[3].parsed = 88;
    CHECK(again.words().head == 77);
    CHECK(again.slots()[3].parsed == 88);
    const ScratchSegment other;
    CHECK(other.segment.id() != again.id());
}

TEST_CASE("the semaphore works between two mappings", "[segment][D02]") {
    const ScratchSegment scratch;
    const Segment again = scratch.open_again();
    again.doorbell().ring();
    const auto begin = std::chrono::steady_clock::now();
    scratch.segment.doorbell().sleep(std::chrono::seconds(60), [] { return false; });
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}

TEST_CASE("nothing in the segment overlaps or lies outside it", "[segment]") {
    const ScratchSegment scratch;
    const Segment& segment = scratch.segment;
    const auto bytes_of = [](auto span) { return std::as_bytes(span); };
    std::vector<std::span<const std::byte>> parts = {bytes_of(std::span(&segment.doorbell(), 1)),
                                                     bytes_of(std::span(&segment.words(), 1)),
                                                     bytes_of(segment.slots()),
                                                     bytes_of(segment.departed()),
                                                     bytes_of(segment.id_last_used()),
                                                     segment.queue_ring()};
    for (std::uint32_t slot = 0; slot < small_sizes.slots; ++slot) {
        CHECK(segment.inbox(slot).size() == small_sizes.inbox);
        CHECK(segment.outbox(slot).size() == small_sizes.outbox);
        parts.emplace_back(segment.inbox(slot));
        parts.emplace_back(segment.outbox(slot));
        const Ledger ledger = segment.ledger(slot);
        CHECK(ledger.capacity() == ledger_capacity(small_sizes.outbox));
        parts.emplace_back(bytes_of(std::span(&ledger.at(ledger.capacity() - 1), ledger.capacity())));
    }
    std::sort(parts.begin(), parts.end(), [](auto a, auto b) { return a.data() < b.data(); });
    for (std::size_t i = 1; i < parts.size(); ++i) CHECK(parts[i - 1].data() + parts[i - 1].size() <= parts[i].data());
    struct stat status {};
    REQUIRE(::stat(scratch.instance.path().c_str(), &status) == 0);
    const auto length = parts.back().data() + parts.back().size() - parts.front().data();
    // The header's page precedes them, and the last outbox ends in the middle of a page.
    CHECK(length + 4096 + (4096 - static_cast<std::ptrdiff_t>(first_ledger_bytes)) == status.st_size);
    for (const auto& word :
         {&segment.words().tail, &segment.words().checkpoint, &segment.words().head, &segment.words().logged})
        CHECK(reinterpret_cast<std::uintptr_t>(word) % 64 == 0);  // each writer has a cache line of its own
}

TEST_CASE("tables and queue have memory from the start, inboxes and outboxes when it is reserved", "[segment]") {
    const ScratchSegment scratch;
    const auto blocks = [&] {
        struct stat status {};
        REQUIRE(::stat(scratch.instance.path().c_str(), &status) == 0);
        return status.st_blocks * 512;
    };
    const auto begin = blocks();
    CHECK(scratch.segment.inbox(0).data() - scratch.segment.queue_ring().data() ==
          static_cast<std::ptrdiff_t>(small_sizes.queue));
    REQUIRE(scratch.segment.reserve_inbox(1, 1));
    REQUIRE(scratch.segment.reserve_outbox(2, {.bytes = 3073, .entries = 32}));
    CHECK(blocks() == begin + 3 * 4096);
    std::memset(scratch.segment.inbox(1).data(), 1, 4096);
    std::memset(scratch.segment.outbox(2).data(), 2, 3072 + 4096);
    scratch.segment.ledger(2).at(31) = {1, 2, 3, LedgerKind::direct, {}};
    scratch.segment.release_inbox(1);
    CHECK(blocks() == begin + 2 * 4096);
    scratch.segment.release_outbox(2);
    CHECK(blocks() == begin);
    REQUIRE(scratch.segment.reserve_outbox(2, {.bytes = 3072 + 4096, .entries = 32}));
    CHECK(scratch.segment.outbox(2)[0] == std::byte{0});
    CHECK(scratch.segment.outbox(2)[3072 + 4095] == std::byte{0});
    CHECK(scratch.segment.ledger(2).at(31).begin == 0);
}

TEST_CASE("the first entries of a ledger share a page with the start of its outbox", "[segment][ledger]") {
    const ScratchSegment scratch;
    const auto blocks = [&] {
        struct stat status {};
        REQUIRE(::stat(scratch.instance.path().c_str(), &status) == 0);
        return status.st_blocks * 512;
    };
    const auto begin = blocks();
    REQUIRE(scratch.segment.reserve_outbox(1, {.bytes = 1}));
    REQUIRE(scratch.segment.reserve_outbox(1, {.bytes = 3072, .entries = 32}));
    CHECK(blocks() == begin + 4096);
    REQUIRE(scratch.segment.reserve_outbox(1, {.entries = 33}));
    CHECK(blocks() == begin + 2 * 4096);
    REQUIRE(scratch.segment.reserve_outbox(
        1, {.bytes = small_sizes.outbox, .entries = static_cast<std::size_t>(ledger_capacity(small_sizes.outbox))}));
    CHECK(blocks() == begin + static_cast<std::int64_t>(outbox_row_size(small_sizes.outbox)));
    scratch.segment.release_outbox(1);
    CHECK(blocks() == begin);
}

TEST_CASE("each role has one process", "[segment]") {
    const ScratchSegment scratch;
    const Segment again = scratch.open_again();
    CHECK(scratch.segment.claim_acceptor());
    CHECK_FALSE(again.claim_acceptor());
    CHECK(again.claim_delivery());
    CHECK_FALSE(scratch.segment.claim_delivery());
}

TEST_CASE("a missing segment is not a problem, an existing one is not created again", "[segment]") {
    const ScratchInstance none;
    CHECK(problem_of_opening(none).empty());
    const ScratchSegment scratch;
    CHECK_THROWS_AS(Segment::create(scratch.instance.name(), small_sizes, 1), std::system_error);
}

TEST_CASE("a segment of another version is not taken over", "[segment]") {
    const ScratchSegment scratch;
    const Patch patch(scratch.instance, 8, std::string("\x01\0\0\0", 4));
    CHECK(problem_of_opening(scratch.instance) == "it has another version");
}

TEST_CASE("a segment that was not finished is not taken over", "[segment]") {
    const ScratchSegment scratch;
    const Patch patch(scratch.instance, 0, std::string(8, '\0'));  // the magic word is written last
    CHECK(problem_of_opening(scratch.instance) == "it is not a chat segment");
}

TEST_CASE("a damaged header is detected, whichever byte it is", "[segment]") {
    const ScratchSegment scratch;
    std::vector<char> header(sizeof(SegmentHeader));
    const UniqueFd fd(::open(scratch.instance.path().c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::pread(fd.get(), header.data(), header.size(), 0) == static_cast<ssize_t>(header.size()));
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (i >= offsetof(SegmentHeader, program) && i < offsetof(SegmentHeader, id)) continue;  // informational only
        const Patch patch(scratch.instance, static_cast<off_t>(i), std::string(1, static_cast<char>(header[i] ^ 0x10)));
        INFO("byte " << i);
        CHECK_FALSE(problem_of_opening(scratch.instance).empty());
    }
    std::string problem;
    CHECK(Segment::open(scratch.instance.name(), problem));  // all is as it was
}

TEST_CASE("a segment of the wrong size is not taken over", "[segment]") {
    const ScratchSegment scratch;
    struct stat status {};
    REQUIRE(::stat(scratch.instance.path().c_str(), &status) == 0);
    for (const off_t size : {status.st_size - 1, status.st_size + 4096, off_t{4096}}) {
        REQUIRE(::truncate(scratch.instance.path().c_str(), size) == 0);
        CHECK(problem_of_opening(scratch.instance) == "its size is wrong");
    }
    for (const off_t size : {off_t{0}, off_t{80}, off_t{4095}}) {
        REQUIRE(::truncate(scratch.instance.path().c_str(), size) == 0);
        CHECK(problem_of_opening(scratch.instance) == "it is too small");
    }
}

TEST_CASE("a segment that others may write is not taken over", "[segment]") {
    const ScratchSegment scratch;
    REQUIRE(::chmod(scratch.instance.path().c_str(), 0666) == 0);
    CHECK_FALSE(problem_of_opening(scratch.instance).empty());
}

TEST_CASE("a removed segment remains only for processes that have it mapped", "[segment]") {
    const ScratchSegment scratch;
    Segment::remove(scratch.instance.name());
    CHECK(problem_of_opening(scratch.instance).empty());
    scratch.segment.words().tail = 5;
    CHECK(scratch.segment.words().tail == 5);
    const Segment next = Segment::create(scratch.instance.name(), small_sizes, 1);
    CHECK(next.words().tail == 0);
    Segment::remove(scratch.instance.name());
    Segment::remove(scratch.instance.name());  // removing a missing one is not an error
}

TEST_CASE("a header with impossible sizes is detected, even if its checksum is right", "[segment]") {
    const ScratchSegment scratch;
    const auto problem_with = [&](auto change) {
        SegmentHeader header{};
        const UniqueFd fd(::open(scratch.instance.path().c_str(), O_RDONLY | O_CLOEXEC));
        test::require_system(::pread(fd.get(), &header, sizeof header, 0) == sizeof header, "pread");
        SegmentSizes sizes = header.sizes_over({});
        change(sizes);
        header.set_sizes(sizes);
        header.checksum = header.compute_checksum();
        const Patch patch(scratch.instance, 0, std::string(reinterpret_cast<const char*>(&header), sizeof header));
        std::string problem;
        (void)Segment::open(scratch.instance.name(), problem);
        return problem;
    };
    CHECK(problem_with([](SegmentSizes&) {}).empty());
    // 2^32 outboxes of 2^32 bytes: the sum does not fit into 64 bits.
    CHECK(problem_with([](SegmentSizes& sizes) { sizes.slots = ~0U; }) == "its header is damaged");
    CHECK(problem_with([](SegmentSizes& sizes) { sizes.outbox = std::uint64_t{1} << 63U; }) == "its header is damaged");
    CHECK(problem_with([](SegmentSizes& sizes) { sizes.max_line = 0; }) == "its header is damaged");
    CHECK(problem_with([](SegmentSizes& sizes) { sizes.max_line = static_cast<std::uint32_t>(sizes.inbox) + 1; }) ==
          "its header is damaged");
    CHECK(problem_with([](SegmentSizes& sizes) { sizes.rooms = 0; }) == "its header is damaged");
    CHECK(problem_with([](SegmentSizes& sizes) { sizes.memberships = ~0U; }) == "its header is damaged");
    // Sizes that contradict the directory: this version cannot have made it.
    CHECK(problem_with([](SegmentSizes& sizes) { sizes.slots = 5; }).starts_with("it has version "));
}

}  // namespace segment_test
