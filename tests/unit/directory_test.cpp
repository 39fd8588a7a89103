// Conversion between two directories, which later versions rely on, and how a later version is recognised.
#include "chat-acceptor/startup/conversion.h"
#include "tests/support/catch.h"
#include "tests/unit/populated_segment.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace directory_test {

using namespace chat;
using test::check_equal;
using test::populate;
using test::same;
using test::same_valid_row;
using test::ScratchInstance;
using test::ScratchSegment;

namespace {

constexpr SegmentSizes sizes = test::populated_sizes;

PartEntry part(std::string_view name, std::uint64_t offset, std::uint64_t rows, std::uint64_t row_size,
               std::uint64_t version = 1) {
    PartEntry entry{};
    name.copy(entry.name, sizeof entry.name);
    entry.offset = offset;
    entry.rows = rows;
    entry.row_size = row_size;
    entry.version = version;
    return entry;
}

}  // namespace

TEST_CASE("rows move into wider rows, new parts begin as zeroes, a converter handles other differences",
          "[conversion]") {
    const ScratchInstance from_instance;
    const ScratchInstance to_instance;
    const auto from = SharedMemory::create(from_instance.object(), 4 * segment_page);
    const auto to = SharedMemory::create(to_instance.object(), 8 * segment_page);
    REQUIRE(from.reserve(0, 3 * segment_page));
    const std::vector<PartEntry> old_parts{part("same", segment_page, 3, 4), part("retired", segment_page + 1024, 1, 4),
                                           part("changed", 2 * segment_page, 2, 4),
                                           part("rings", 3 * segment_page, 1, segment_page)};
    const std::vector<PartEntry> new_parts{part("new", segment_page, 2, 8), part("same", 2 * segment_page, 3, 8),
                                           part("changed", 3 * segment_page, 2, 8, 2),
                                           part("rings", 5 * segment_page, 1, segment_page)};
    std::memcpy(from.bytes().data() + segment_page, "abcdefghijkl", 12);
    std::memcpy(from.bytes().data() + 2 * segment_page, "ABCDEFGH", 8);
    REQUIRE(from.reserve(3 * segment_page, segment_page));
    std::memcpy(from.bytes().data() + 3 * segment_page, "ring", 4);
    const Converter doubling{"changed", 1, [](std::span<const std::byte> source, std::span<std::byte> target) {
                                 for (std::size_t i = 0; i < source.size(); ++i)
                                     target[2 * i] = target[2 * i + 1] = source[i];
                             }};
    const std::array converters{doubling};
    CHECK(obstacle(old_parts, new_parts, converters).empty());
    CHECK(obstacle(old_parts, new_parts, {}) == "version 1 of its part changed is no longer supported");
    copy_parts(from, old_parts, to, new_parts, 4 * segment_page, converters);
    const auto text = [&](std::size_t offset, std::size_t size) {
        return std::string(reinterpret_cast<const char*>(to.bytes().data()) + offset, size);
    };
    CHECK(text(segment_page, 16) == std::string(16, '\0'));
    CHECK(text(2 * segment_page, 24) == std::string("abcd\0\0\0\0efgh\0\0\0\0ijkl\0\0\0\0", 24));
    CHECK(text(3 * segment_page, 16) == "AABBCCDDEEFFGGHH");
    CHECK(text(5 * segment_page, 4) == "ring");
}

TEST_CASE("rows with impossible sizes prevent the conversion", "[conversion]") {
    const std::vector<PartEntry> target{part("rows", segment_page, 3, 8), part("queue", 2 * segment_page, 1, 4096)};
    const auto with = [&](PartEntry rows, PartEntry queue) {
        const std::vector<PartEntry> parts{rows, queue};
        return obstacle(parts, target, {});
    };
    const PartEntry rows = part("rows", segment_page, 3, 8);
    const PartEntry queue = part("queue", 2 * segment_page, 1, 4096);
    CHECK(with(rows, queue).empty());
    CHECK(with(part("rows", segment_page, 3, 4), queue).empty());  // narrower
    CHECK_FALSE(with(part("rows", segment_page, 2, 8), queue).empty());
    CHECK_FALSE(with(part("rows", segment_page, 3, 16), queue).empty());
    CHECK_FALSE(with(rows, part("queue", 2 * segment_page, 1, 2048)).empty());
}

TEST_CASE("streams move behind what precedes them in a new row, if that leaves room for them", "[conversion]") {
    const ScratchInstance from_instance;
    const ScratchInstance to_instance;
    const auto from = SharedMemory::create(from_instance.object(), 4 * segment_page);
    const auto to = SharedMemory::create(to_instance.object(), 8 * segment_page);
    const std::array converters{Converter{"outboxes", 1, nullptr, [](std::uint64_t row_size) { return row_size / 4; }}};
    const std::vector<PartEntry> old_parts{part("outboxes", segment_page, 3, segment_page)};
    const std::vector<PartEntry> new_parts{part("outboxes", 2 * segment_page, 3, 2 * segment_page, 2)};
    REQUIRE(from.reserve(segment_page, segment_page));
    REQUIRE(from.reserve(3 * segment_page, segment_page));
    std::memcpy(from.bytes().data() + segment_page, "first", 5);
    std::memcpy(from.bytes().data() + 4 * segment_page - 4, "last", 4);
    CHECK(obstacle(old_parts, new_parts, converters).empty());
    copy_parts(from, old_parts, to, new_parts, segment_page, converters);
    const auto text = [&](std::size_t offset, std::size_t size) {
        return std::string(reinterpret_cast<const char*>(to.bytes().data()) + offset, size);
    };
    CHECK(text(2 * segment_page + segment_page / 4, 5) == "first");
    CHECK(text(6 * segment_page + segment_page / 4 + segment_page - 4, 4) == "last");
    for (const std::uint64_t too_small : {segment_page, segment_page + segment_page / 4 - 1})
        CHECK_FALSE(
            obstacle(old_parts, std::vector{part("outboxes", 2 * segment_page, 3, too_small, 2)}, converters).empty());
}

namespace {

// The header of a scratch segment, changed and sealed again.
template <typename Change>
Verdict verdict_with(const ScratchSegment& scratch, Change change) {
    std::string problem;
    const auto object = SharedMemory::open(scratch.instance.object(), 1, problem);
    auto* header = reinterpret_cast<SegmentHeader*>(object->bytes().data());
    const SegmentHeader before = *header;
    change(*header);
    header->checksum = header->compute_checksum();
    Verdict verdict = judge_segment(object->bytes());
    *header = before;
    return verdict;
}

}  // namespace

TEST_CASE("a segment of a later version is distinguished from a damaged one", "[conversion][segment]") {
    const ScratchSegment scratch(sizes);
    CHECK(verdict_with(scratch, [](SegmentHeader&) {}).fit == Fit::fits);
    const auto later = verdict_with(scratch, [](SegmentHeader& header) {
        header.minor = guarded_minor(layout_minor + 1);
        header.set_program("9.8.7");
    });
    CHECK(later.fit == Fit::newer);
    CHECK(later.problem == "it has the later version 9.8.7");
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.minor += 1; }).fit == Fit::damaged);
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.major += 1; }).fit == Fit::newer);
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.parts[2].version += 1; }).fit == Fit::newer);
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.parts[2].version = 0; }).fit == Fit::older);
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.parts[3].offset += 4096; }).fit == Fit::damaged);
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.parts[part_count - 1].rows += 1; }).fit ==
          Fit::damaged);
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.part_count = 33; }).fit == Fit::damaged);
    // An earlier version that did not know the last part.
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.part_count -= 1; }).fit == Fit::older);
    CHECK(verdict_with(scratch, [](SegmentHeader& header) { header.set_program("\x1b[2J"); }).fit == Fit::fits);
}

TEST_CASE("a segment of this layout without one of today's parts is converted, and the part is empty", "[conversion]") {
    const ScratchSegment scratch(sizes, 43);
    populate(scratch.segment);
    const Ledger ledger = scratch.segment.ledger(3);
    REQUIRE(scratch.segment.reserve_outbox(3, {.entries = ledger.capacity()}));
    for (std::size_t index = 0; index < ledger.capacity(); ++index)
        ledger.at(index) = {index, 7 * index, 10'000, LedgerKind::group, {}};
    std::string problem;
    auto object = SharedMemory::open(scratch.instance.object(), 1, problem);
    auto* header = reinterpret_cast<SegmentHeader*>(object->bytes().data());
    // As if groups had been added later and rows of rooms had been shorter; the positions stay the same.
    auto& parts = header->parts;
    std::copy(&parts[11], &parts[part_count], &parts[10]);
    header->part_count = part_count - 1;
    header->checksum = header->compute_checksum();
    REQUIRE(judge_segment(object->bytes()).fit == Fit::older);
    const auto described = describe_older(object->bytes(), sizes, problem);
    REQUIRE(described);
    const Segment converted = convert_segment(scratch.instance.name(), std::move(*object), *described);
    CHECK(same(converted.queue_ring(), scratch.segment.queue_ring()));
    CHECK(same(converted.outbox(3), scratch.segment.outbox(3)));
    for (std::size_t index = 0; index < ledger.capacity(); ++index)
        CHECK(converted.ledger(3).at(index).sequence == 7 * index);
    CHECK(same_valid_row(converted.slots()[2], scratch.segment.slots()[2]));
    const auto group = read_group_row(converted.group(1));
    REQUIRE(group);
    CHECK(group->id == 0);
    CHECK_FALSE(scratch.segment.has_name());
}

TEST_CASE("a version that only uses formerly unused bytes takes over the segment as it is", "[conversion]") {
    const ScratchSegment scratch(sizes, 43);
    populate(scratch.segment);
    constexpr std::uint16_t next = layout_minor + 1;
    std::string problem;
    auto object = SharedMemory::open(scratch.instance.object(), 1, problem);
    CHECK(judge_segment(object->bytes(), next).fit == Fit::older);
    const auto described = describe_older(object->bytes(), sizes, problem);
    REQUIRE(described);
    CHECK(object->claim(acceptor_role));
    CHECK(object->claim(delivery_role));
    const Segment raised = convert_segment(scratch.instance.name(), std::move(*object), *described, next);
    CHECK(scratch.segment.has_name());
    check_equal(raised, scratch.segment);
    CHECK_FALSE(scratch.segment.claim_acceptor());
    CHECK(scratch.segment.claim_delivery());
    const FoundSegment found = Segment::find(scratch.instance.name());
    CHECK(found.verdict.fit == Fit::newer);  // from the previous version's point of view
    CHECK(judge_segment(found.object->bytes(), next).fit == Fit::fits);
}

TEST_CASE("a segment whose sizes contradict its directory is not converted", "[conversion]") {
    const ScratchSegment scratch(sizes);
    std::string problem;
    const auto object = SharedMemory::open(scratch.instance.object(), 1, problem);
    auto* header = reinterpret_cast<SegmentHeader*>(object->bytes().data());
    SegmentSizes other = sizes;
    other.slots += 1;
    header->set_sizes(other);
    header->checksum = header->compute_checksum();
    CHECK(judge_segment(object->bytes()).fit == Fit::older);
    CHECK_FALSE(describe_older(object->bytes(), sizes, problem));
    CHECK(problem == "the size of its part slots does not match its sizes");
}

}  // namespace directory_test
