// Creating, checking and addressing the shared-memory object.
#include "shared/segment.h"

#include "shared/random.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <type_traits>
#include <utility>

namespace chat {
namespace {

constexpr std::size_t page = 4096;
constexpr std::uint32_t layout_major = 2;
constexpr std::uint32_t layout_minor = 0;
// Bounds of what a header may say, far above what any configuration does; no sum of these goes past 64 bits.
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 40U;
constexpr std::uint32_t most_rows = 1U << 20U;
constexpr std::uint64_t row_sizes = sizeof(Slot) << 32U | sizeof(RoomRow) << 16U | sizeof(DepartedRow);
constexpr std::uint64_t most_transfers = 1U << 16U;
constexpr char magic_word[8] = {'c', 'h', 'a', 't', 's', 'e', 'g', '\n'};

constexpr std::size_t whole_pages(std::size_t size) noexcept {
    return (size + page - 1) / page * page;
}

std::size_t row_size_of(const SegmentSizes& sizes) noexcept {
    return group_row_size(std::size_t{sizes.members} + pending_per_group);
}

std::uint64_t random_number() {
    std::uint64_t number = 0;
    fill_random(std::as_writable_bytes(std::span(&number, 1)));
    return number;
}

}  // namespace

std::string_view word_of(ForgetOutcome outcome) noexcept {
    switch (outcome) {
        case ForgetOutcome::removed:
            return "removed";
        case ForgetOutcome::unknown:
            return "unknown";
        case ForgetOutcome::ambiguous:
            break;
    }
    return "ambiguous";
}

struct Segment::Header {
    char magic[8];  // written last
    std::uint32_t major;
    std::uint32_t minor;
    std::uint64_t id;
    std::uint64_t total;
    SegmentSizes sizes;
    std::uint64_t row_sizes;  // what this program takes a slot and the smaller rows to be
    std::uint64_t checksum;   // of everything above but the magic word

    [[nodiscard]] std::uint64_t compute_checksum() const noexcept {
        // FNV-1a: against accidents, not against malice.
        std::uint64_t hash = 0xcbf29ce484222325;
        const auto* bytes = reinterpret_cast<const unsigned char*>(this);
        for (std::size_t i = offsetof(Header, major); i < offsetof(Header, checksum); ++i)
            hash = (hash ^ bytes[i]) * 0x100000001b3;
        return hash;
    }
};

struct Segment::Layout {
    std::size_t words, slots, departed, files, tickets, ids, rooms, memberships, groups, queue, inboxes, outboxes,
        total;
};

Segment::Layout Segment::layout_of(const SegmentSizes& sizes) noexcept {
    static_assert(std::has_unique_object_representations_v<SegmentSizes>, "the checksum must not cover padding");
    Layout layout{};
    layout.words = page + whole_pages(sizeof(Doorbell));
    layout.slots = layout.words + whole_pages(sizeof(QueueWords));
    layout.departed = layout.slots + whole_pages(sizes.slots * sizeof(Slot));
    layout.files = layout.departed + whole_pages(departed_rows * sizeof(DepartedRow));
    layout.tickets = layout.files + whole_pages(sizes.transfers * sizeof(FileSlot));
    layout.ids = layout.tickets + whole_pages(sizes.transfers * sizeof(TicketSlot));
    layout.rooms = layout.ids + whole_pages((highest_client_id - lowest_client_id + 1) * sizeof(std::uint32_t));
    layout.memberships = layout.rooms + whole_pages(sizes.rooms * sizeof(RoomRow));
    layout.groups = layout.memberships + whole_pages(std::size_t{sizes.slots} * sizes.memberships * sizeof(Membership));
    layout.queue = layout.groups + whole_pages(sizes.groups * row_size_of(sizes));
    layout.inboxes = layout.queue + whole_pages(sizes.queue);
    layout.outboxes = layout.inboxes + sizes.slots * sizes.inbox;
    layout.total = layout.outboxes + sizes.slots * sizes.outbox;
    return layout;
}

Segment::Segment(SharedMemory memory, const SegmentSizes& sizes) : memory_(std::move(memory)), sizes_(sizes) {
    const Layout layout = layout_of(sizes);
    words_at_ = layout.words;
    slots_at_ = layout.slots;
    departed_at_ = layout.departed;
    files_at_ = layout.files;
    tickets_at_ = layout.tickets;
    ids_at_ = layout.ids;
    rooms_at_ = layout.rooms;
    memberships_at_ = layout.memberships;
    groups_at_ = layout.groups;
    queue_at_ = layout.queue;
    inboxes_at_ = layout.inboxes;
    outboxes_at_ = layout.outboxes;
}

std::string Segment::object_name(const std::string& instance) {
    return "/chat-" + instance;
}

std::optional<Segment> Segment::open(const std::string& instance, std::string& problem) {
    auto memory = SharedMemory::open(object_name(instance), page, problem);
    if (!memory) return std::nullopt;
    Header header{};
    std::memcpy(&header, memory->bytes().data(), sizeof header);
    const auto& sizes = header.sizes;
    if (std::memcmp(header.magic, magic_word, sizeof magic_word) != 0) {
        problem = "it is not a chat segment";
    } else if (header.major != layout_major || header.row_sizes != row_sizes) {
        problem = "it is of another version";
    } else if (header.checksum != header.compute_checksum() || sizes.slots == 0 || sizes.inbox == 0 ||
               sizes.outbox == 0 || sizes.queue == 0 || sizes.inbox % page != 0 || sizes.outbox % page != 0 ||
               sizes.queue % page != 0 || sizes.inbox > most_bytes || sizes.outbox > most_bytes ||
               sizes.queue > most_bytes || sizes.slots > most_rows || sizes.max_line == 0 ||
               sizes.max_line > sizes.inbox || sizes.rooms == 0 || sizes.rooms > most_rows || sizes.memberships == 0 ||
               sizes.memberships > most_rows || sizes.groups > most_rows || sizes.members > most_rows ||
               sizes.transfers > most_transfers) {
        problem = "its header is damaged";
    } else if (header.total != layout_of(sizes).total || memory->bytes().size() != header.total) {
        problem = "its size is wrong";
    } else {
        return Segment(std::move(*memory), sizes);
    }
    return std::nullopt;
}

Segment Segment::create(const std::string& instance, const SegmentSizes& sizes, std::uint64_t first_sequence) {
    const Layout layout = layout_of(sizes);
    Segment segment(SharedMemory::create(object_name(instance), layout.total), sizes);
    // Tables and queue are reserved for good; inboxes and outboxes page by page as they are used.
    if (!segment.memory_.reserve(0, layout.inboxes)) {
        const int error = errno;
        SharedMemory::remove(object_name(instance));
        throw std::system_error(error, std::generic_category(), "reserving shared memory");
    }
    segment.doorbell().make();
    segment.words().sequence.store(first_sequence - 1, std::memory_order_relaxed);

    Header header{};
    header.major = layout_major;
    header.minor = layout_minor;
    header.id = random_number();
    header.total = layout.total;
    header.sizes = sizes;
    header.row_sizes = row_sizes;
    header.checksum = header.compute_checksum();
    std::byte* start = segment.memory_.bytes().data();
    std::memcpy(start, &header, sizeof header);
    std::atomic_thread_fence(std::memory_order_release);
    std::memcpy(start, magic_word, sizeof magic_word);
    return segment;
}

std::uint64_t Segment::id() const noexcept {
    return at<const Header>(0)->id;
}
Doorbell& Segment::doorbell() const noexcept {
    return *at<Doorbell>(page);
}

std::span<DepartedRow> Segment::departed() const noexcept {
    return {at<DepartedRow>(departed_at_), departed_rows};
}
std::span<FileSlot> Segment::files() const noexcept {
    return {at<FileSlot>(files_at_), static_cast<std::size_t>(sizes_.transfers)};
}
std::span<TicketSlot> Segment::tickets() const noexcept {
    return {at<TicketSlot>(tickets_at_), static_cast<std::size_t>(sizes_.transfers)};
}
std::span<std::uint32_t> Segment::id_last_used() const noexcept {
    return {at<std::uint32_t>(ids_at_), highest_client_id - lowest_client_id + 1};
}
std::span<RoomRow> Segment::rooms() const noexcept {
    return {at<RoomRow>(rooms_at_), sizes_.rooms};
}
std::span<Membership> Segment::memberships(std::uint32_t slot) const noexcept {
    return std::span(at<Membership>(memberships_at_), std::size_t{sizes_.slots} * sizes_.memberships)
        .subspan(std::size_t{slot} * sizes_.memberships, sizes_.memberships);
}
std::span<std::byte> Segment::group(std::uint32_t index) const noexcept {
    const std::size_t size = row_size_of(sizes_);
    return memory_.bytes().subspan(groups_at_ + index * size, size);
}

bool Segment::reserve_inbox(std::uint32_t slot, std::size_t length) const noexcept {
    return memory_.reserve(inboxes_at_ + slot * sizes_.inbox, length);
}
bool Segment::reserve_outbox(std::uint32_t slot, std::size_t length) const noexcept {
    return memory_.reserve(outboxes_at_ + slot * sizes_.outbox, length);
}
void Segment::give_back_inbox(std::uint32_t slot) const noexcept {
    memory_.give_back(inboxes_at_ + slot * sizes_.inbox, static_cast<std::size_t>(sizes_.inbox));
}
void Segment::give_back_outbox(std::uint32_t slot) const noexcept {
    memory_.give_back(outboxes_at_ + slot * sizes_.outbox, static_cast<std::size_t>(sizes_.outbox));
}

}  // namespace chat
