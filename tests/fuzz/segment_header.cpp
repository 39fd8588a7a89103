// Any bytes as the header of a segment, with an object of any size: it is refused, or every part of the segment that is
// taken over, or converted from an earlier version, lies in the object.
#include "chat-acceptor/startup/conversion.h"
#include "chat-acceptor/startup/layout_0_1.h"
#include "shared/memory/segment.h"
#include "tests/fuzz/check.h"
#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

using namespace chat;
using fuzz::require;

namespace {

constexpr std::uint64_t largest_object = std::uint64_t{1} << 40U;      // nearly all of it a hole
constexpr std::uint64_t largest_conversion = std::uint64_t{1} << 24U;  // of which memory is used

void check_places(const Segment& segment, std::uint64_t size) {
    const auto* begin = reinterpret_cast<const std::byte*>(&segment.doorbell()) - segment_page;
    const auto inside = [&](const void* part, std::uint64_t length) {
        const auto* first = static_cast<const std::byte*>(part);
        return first >= begin && first <= begin + size && length <= static_cast<std::uint64_t>(begin + size - first);
    };
    require(inside(&segment.words(), sizeof(QueueWords)), "the words lie in the object");
    require(inside(segment.slots().data(), segment.slots().size_bytes()), "the slots lie in the object");
    require(inside(segment.departed().data(), segment.departed().size_bytes()), "the departed lie in the object");
    require(inside(segment.files().data(), segment.files().size_bytes()), "the files lie in the object");
    require(inside(segment.tickets().data(), segment.tickets().size_bytes()), "the tickets lie in the object");
    require(inside(segment.id_last_used().data(), segment.id_last_used().size_bytes()), "the ids lie in the object");
    require(inside(segment.queue_ring().data(), segment.queue_ring().size()), "the queue lies in the object");
    require(inside(segment.rooms().data(), segment.rooms().size_bytes()), "the rooms lie in the object");
    const SegmentSizes& sizes = segment.sizes();
    for (const std::uint32_t slot : {std::uint32_t{0}, (sizes.slots - 1) / 2, sizes.slots - 1}) {
        require(inside(segment.memberships(slot).data(), segment.memberships(slot).size_bytes()),
                "memberships lie in the object");
        require(inside(segment.inbox(slot).data(), segment.inbox(slot).size()), "an inbox lies in the object");
        require(inside(segment.outbox(slot).data(), segment.outbox(slot).size()), "an outbox lies in the object");
        const Ledger ledger = segment.ledger(slot);
        require(inside(&ledger.at(ledger.capacity() - 1), ledger.capacity() * sizeof(LedgerEntry)),
                "a ledger lies in the object");
    }
    if (sizes.groups > 0)
        require(inside(segment.group(sizes.groups - 1).data(), segment.group(0).size()), "a group lies in the object");
    require(sizes.max_line <= sizes.inbox, "a line fits an inbox");
}

// The options in the first byte.
constexpr unsigned right_checksum = 1, right_length = 2, right_parts = 4, right_total = 8, right_version = 16,
                   of_0_1 = 32;

void repair(SegmentHeader& header, unsigned wishes) {
    const SegmentHeader mine = header_of(header.sizes_over({}), header.id);
    if ((wishes & right_version) != 0) {
        std::memcpy(header.magic, "chatseg\n", sizeof header.magic);
        header.major = mine.major;
        header.minor = mine.minor;
        header.sizes_size = mine.sizes_size;
    }
    if ((wishes & right_parts) != 0) {
        header.parts = mine.parts;
        header.part_count = mine.part_count;
    }
    if ((wishes & right_total) != 0) header.total = mine.total;
    if ((wishes & right_checksum) != 0) header.checksum = header.compute_checksum();
}

void repair(layout_0_1::Header& header, unsigned wishes) {
    if ((wishes & right_version) != 0) {
        std::memcpy(header.magic, "chatseg\n", sizeof header.magic);
        header.major = first_layout_major;
    }
    if ((wishes & right_parts) != 0) header.row_sizes = layout_0_1::row_sizes;
    if ((wishes & right_total) != 0) (void)layout_0_1::parts_of(header.sizes, header.total);
    if ((wishes & right_checksum) != 0) header.checksum = header.compute_checksum();
}

void check_conversion(const test::ScratchInstance& instance, FoundSegment found) {
    std::string problem;
    const std::uint64_t size = found.object->bytes().size();
    const auto older = describe_older(found.object->bytes(), test::small_sizes, problem);
    require(older.has_value() == problem.empty(), "one that is not converted is named");
    if (!older) return;
    require(are_in_place(older->parts, size), "all its parts lie in the object");
    const Layout target = layout_of(older->sizes);
    if (size > largest_conversion || target.total > 4 * largest_conversion) return;
    const Segment converted = convert_segment(instance.name(), std::move(*found.object), *older);
    check_places(converted, target.total);
}

}  // namespace

// The input: a byte of options, two bytes of size in pages unless the right size is chosen, and the header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t before_header = 3;
    if (size < before_header) return 0;
    const unsigned wishes = data[0];
    std::array<std::byte, segment_page> page{};
    const auto put = [&](auto header) {
        std::memcpy(static_cast<void*>(&header), data + before_header, std::min(size - before_header, sizeof header));
        repair(header, wishes);
        std::memcpy(page.data(), &header, sizeof header);
        return header.total;
    };
    const std::uint64_t total = (wishes & of_0_1) != 0 ? put(layout_0_1::Header{}) : put(SegmentHeader{});
    std::uint64_t length = (std::uint64_t{data[1]} << 8U | data[2]) * segment_page;
    if ((wishes & right_length) != 0) length = std::min(total, largest_object);

    static const test::ScratchInstance instance;
    const UniqueFd object(::shm_open(instance.object().c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600));
    require(object && ::ftruncate(object.get(), static_cast<off_t>(length)) == 0, "an object is made");
    require(length == 0 || ::pwrite(object.get(), page.data(), std::min<std::uint64_t>(page.size(), length), 0) > 0,
            "a header is written");
    FoundSegment found = Segment::find(instance.name());
    require((found.object && found.verdict.fit == Fit::fits) == found.verdict.problem.empty(),
            "a segment that is not taken over is named");
    if (found.object && found.verdict.fit == Fit::fits)
        check_places(Segment(std::move(found)), length);
    else if (found.object && found.verdict.fit == Fit::older)
        check_conversion(instance, std::move(found));
    ::shm_unlink(instance.object().c_str());
    return 0;
}
