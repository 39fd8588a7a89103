// A segment of an earlier version is converted: everything in it is there afterwards, and whoever dies on the way
// leaves one that is whole.
#include "chat-acceptor/conversion.h"

#include "chat-acceptor/layout_0_1.h"
#include "shared/record.h"
#include "tests/support/catch.h"
#include "tests/support/older_segment.h"
#include "tests/unit/furnished_segment.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace conversion_test {

using namespace chat;
using test::check_equal;
using test::furnish;
using test::ScratchInstance;
using test::ScratchSegment;

namespace {

constexpr SegmentSizes sizes = test::furnished_sizes;

// An instance whose segment is of 0.1.0, and what it was made of.
struct Older {
    Older() {
        furnish(present.segment);
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
    CHECK(found.verdict.problem == "it is of version 0.1.0");
    std::string problem;
    const auto described = describe_older(found.object->bytes(), sizes, problem);
    REQUIRE(described);
    const Segment converted = convert_segment(older.instance.name(), older.open(), *described);
    check_equal(converted, older.present.segment);
    // Memory lies behind the pages of streams that had some, and behind no others.
    CHECK(blocks_of(older.instance.path()) <= blocks_of(older.present.instance.path()));

    const ScratchInstance& instance = older.instance;
    std::string none;
    CHECK_FALSE(SharedMemory::open(instance.object() + ".new", 1, none));
    auto again = Segment::open(instance.name(), problem);
    REQUIRE(again);
    CHECK_FALSE(again->claim_acceptor());  // the one that converts has it
    CHECK(again->claim_delivery());
    again->doorbell().ring();
    const auto begin = std::chrono::steady_clock::now();
    converted.doorbell().sleep(std::chrono::seconds(60), [] { return false; });
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}

TEST_CASE("sizes that an older segment does not know are the wanted ones, and its own stay", "[conversion]") {
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
    CHECK(problem_with([&] { header->row_sizes += 1; }) == "it is of another version");
    CHECK(problem_with([&] { header->sizes.max_line = 0; }) == "its header is damaged");
    CHECK(problem_with([&] { header->sizes.slots = ~0U; }) == "its header is damaged");
    CHECK(problem_with([&] { header->sizes.groups += 100; }) == "its size is wrong");
    CHECK(problem_with([&] { header->total += 4096; }) == "its size is wrong");
    *header = right;
    std::string problem;
    CHECK(describe_older(object.bytes(), sizes, problem));
}

TEST_CASE("what a killed conversion has left is in nobody's way", "[conversion]") {
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

TEST_CASE("an old segment that is shortened meanwhile is damaged", "[conversion]") {
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
