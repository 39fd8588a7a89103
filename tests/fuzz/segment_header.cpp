// Any bytes as the header of a segment, with an object of any size behind it: it is refused, or every part of what is
// taken over lies in it.
#include "shared/segment.h"
#include "tests/fuzz/check.h"
#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstring>

using namespace chat;
using fuzz::require;

namespace {

constexpr std::size_t page = 4096;
constexpr std::uint64_t largest_object = std::uint64_t{1} << 40U;  // nearly all of it a hole

// As in the segment's room, whose own is not for others.
struct Header {
    char magic[8];
    std::uint32_t major;
    std::uint32_t minor;
    std::uint64_t id;
    std::uint64_t total;
    SegmentSizes sizes;
    std::uint64_t row_sizes;
    std::uint64_t checksum;

    void seal() {
        checksum = 0xcbf29ce484222325;
        const auto* bytes = reinterpret_cast<const unsigned char*>(this);
        for (std::size_t i = offsetof(Header, major); i < offsetof(Header, checksum); ++i)
            checksum = (checksum ^ bytes[i]) * 0x100000001b3;
    }
};

std::uint64_t whole_pages(std::uint64_t size) {
    return (size + page - 1) / page * page;
}

// What follows from the sizes in the size of the whole; it may go past 64 bits, as for whoever wants that.
std::uint64_t share_of(const SegmentSizes& sizes) {
    return whole_pages(sizes.slots * sizeof(Slot)) + whole_pages(sizes.queue) + sizes.slots * sizes.inbox +
           sizes.slots * sizes.outbox + whole_pages(sizes.rooms * sizeof(RoomRow)) +
           whole_pages(sizes.groups * group_row_size(std::uint64_t{sizes.members} + pending_per_group)) +
           whole_pages(std::uint64_t{sizes.slots} * sizes.memberships * sizeof(Membership));
}

// The header of a segment as this program makes it.
const Header& true_header() {
    static const Header header = [] {
        const test::ScratchSegment scratch;
        Header copy{};
        std::memcpy(static_cast<void*>(&copy), reinterpret_cast<const std::byte*>(&scratch.segment.doorbell()) - page,
                    sizeof copy);
        return copy;
    }();
    return header;
}

void check_places(const Segment& segment, std::uint64_t size) {
    const auto* begin = reinterpret_cast<const std::byte*>(&segment.doorbell()) - page;
    const auto inside = [&](const void* part, std::uint64_t length) {
        const auto* first = static_cast<const std::byte*>(part);
        return first >= begin && first <= begin + size && length <= static_cast<std::uint64_t>(begin + size - first);
    };
    require(inside(&segment.words(), sizeof(QueueWords)), "the words lie in the object");
    require(inside(segment.slots().data(), segment.slots().size_bytes()), "the slots lie in the object");
    require(inside(segment.departed().data(), segment.departed().size_bytes()), "the departed lie in the object");
    require(inside(segment.id_last_used().data(), segment.id_last_used().size_bytes()), "the ids lie in the object");
    require(inside(segment.queue_ring().data(), segment.queue_ring().size()), "the queue lies in the object");
    require(inside(segment.rooms().data(), segment.rooms().size_bytes()), "the rooms lie in the object");
    const std::uint32_t last = segment.sizes().slots - 1;
    for (const std::uint32_t slot : {std::uint32_t{0}, last / 2, last}) {
        require(inside(segment.memberships(slot).data(), segment.memberships(slot).size_bytes()),
                "memberships lie in the object");
        require(inside(segment.inbox(slot).data(), segment.inbox(slot).size()), "an inbox lies in the object");
        require(inside(segment.outbox(slot).data(), segment.outbox(slot).size()), "an outbox lies in the object");
    }
    require(segment.sizes().max_line <= segment.sizes().inbox, "a line fits an inbox");
}

}  // namespace

// The input: a byte of wishes (1: the checksum is right; 2: the object is as large as the header says; 4: the sizes of
// rows are those of this program; 8: the whole is as large as its parts; 16: it is a segment of this version), two
// bytes of size in pages where 2 is not wished, and the header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t before_header = 3;
    if (size < before_header) return 0;
    const auto wishes = [data](unsigned wish) { return (data[0] & wish) != 0; };
    const Header& right = true_header();
    Header header{};
    std::memcpy(static_cast<void*>(&header), data + before_header, std::min(size - before_header, sizeof header));
    if (wishes(4)) header.row_sizes = right.row_sizes;
    if (wishes(8)) header.total = right.total - share_of(right.sizes) + share_of(header.sizes);
    if (wishes(16)) {
        std::memcpy(header.magic, right.magic, sizeof header.magic);
        header.major = right.major;
    }
    if (wishes(1)) header.seal();
    std::uint64_t length = (std::uint64_t{data[1]} << 8U | data[2]) * page;
    if (wishes(2)) length = std::min(header.total, largest_object);

    static const test::ScratchInstance instance;
    const UniqueFd object(::shm_open(instance.object().c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600));
    require(object && ::ftruncate(object.get(), static_cast<off_t>(length)) == 0, "an object is made");
    require(length == 0 || ::pwrite(object.get(), &header, std::min<std::uint64_t>(sizeof header, length), 0) > 0,
            "a header is written");
    std::string problem;
    const auto segment = Segment::open(instance.name(), problem);
    ::shm_unlink(instance.object().c_str());
    require(segment.has_value() == problem.empty(), "a segment that is not taken over is named");
    if (segment) check_places(*segment, length);
    return 0;
}
