// Finding, taking over and creating the shared-memory object.
#include "shared/memory/segment.h"

#include "shared/system/random.h"

#include <cerrno>
#include <system_error>

namespace chat {
namespace {

std::uint64_t random_number() {
    std::uint64_t number = 0;
    fill_random(std::as_writable_bytes(std::span(&number, 1)));
    return number;
}

}  // namespace

Segment::Segment(SharedMemory memory, const SegmentSizes& sizes)
    : memory_(std::move(memory)),
      sizes_(sizes),
      layout_(layout_of(sizes)),
      ledger_capacity_(static_cast<std::size_t>(ledger_capacity(sizes.outbox))),
      outbox_row_(static_cast<std::size_t>(outbox_row_size(sizes.outbox))),
      first_ring_(layout_.offset(Part::outboxes) + ledger_capacity_ * sizeof(LedgerEntry)) {}

std::string Segment::object_name(const std::string& instance) {
    return "/chat-" + instance;
}

FoundSegment Segment::find(const std::string& instance) {
    FoundSegment found{std::nullopt, {Fit::damaged, {}, {}}};
    found.object = SharedMemory::open(object_name(instance), segment_page, found.verdict.problem);
    if (found.object) found.verdict = judge_segment(found.object->bytes());
    return found;
}

std::optional<Segment> Segment::open(const std::string& instance, std::string& problem) {
    FoundSegment found = find(instance);
    problem = found.verdict.problem;
    if (!found.object || found.verdict.fit != Fit::fits) return std::nullopt;
    return Segment(std::move(found));
}

Segment Segment::create(const std::string& instance, const SegmentSizes& sizes, std::uint64_t first_sequence) {
    const Layout layout = layout_of(sizes);
    Segment segment(SharedMemory::create(object_name(instance), layout.total), sizes);
    if (!segment.memory_.reserve(0, layout.reserved)) {
        const int error = errno;
        SharedMemory::remove(object_name(instance));
        throw std::system_error(error, std::generic_category(), "reserving shared memory");
    }
    segment.doorbell().make();
    segment.words().sequence.store(first_sequence - 1, std::memory_order_relaxed);
    store_header(segment.memory_.bytes(), header_of(sizes, random_number()));
    return segment;
}

std::span<Membership> Segment::memberships(std::uint32_t slot) const noexcept {
    return std::span(at<Membership>(Part::memberships), std::size_t{sizes_.slots} * sizes_.memberships)
        .subspan(std::size_t{slot} * sizes_.memberships, sizes_.memberships);
}
std::span<SharedWord> Segment::joined(std::uint32_t slot) const noexcept {
    return std::span(at<SharedWord>(Part::joined), std::size_t{sizes_.slots} * sizes_.memberships)
        .subspan(std::size_t{slot} * sizes_.memberships, sizes_.memberships);
}
std::span<std::byte> Segment::group(std::uint32_t index) const noexcept {
    const auto size = static_cast<std::size_t>(entry(Part::groups).row_size);
    return {at<std::byte>(Part::groups) + index * size, size};
}

bool Segment::reserve_inbox(std::uint32_t slot, std::size_t length) const noexcept {
    return memory_.reserve(layout_.offset(Part::inboxes) + slot * sizes_.inbox, length);
}
bool Segment::reserve_outbox(std::uint32_t slot, OutboxMemory wanted) const noexcept {
    const std::size_t ledger = wanted.entries * sizeof(LedgerEntry);
    return memory_.reserve(ring_offset(slot) - ledger, ledger + wanted.bytes);
}
void Segment::release_inbox(std::uint32_t slot) const noexcept {
    memory_.release_pages(layout_.offset(Part::inboxes) + slot * sizes_.inbox, static_cast<std::size_t>(sizes_.inbox));
}
void Segment::release_outbox(std::uint32_t slot) const noexcept {
    memory_.release_pages(layout_.offset(Part::outboxes) + slot * outbox_row_, outbox_row_);
}

}  // namespace chat
