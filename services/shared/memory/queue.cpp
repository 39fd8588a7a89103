// Framing records in a ring.
#include "shared/memory/queue.h"

#include "shared/system/crash_point.h"

#include <cstring>

namespace chat {

std::span<std::byte> QueueProducer::prepare(std::size_t most, Position floor, std::size_t kept) noexcept {
    const Position tail = this->tail();
    const auto used = static_cast<std::size_t>(tail - floor);
    const auto offset = static_cast<std::size_t>(tail % ring_.size());
    const std::size_t to_end = ring_.size() - offset;
    const std::size_t padding = to_end < most ? to_end : 0;
    if (used > ring_.size() || ring_.size() - used < padding + most + kept) return {};
    if (padding > 0) {
        const RecordFrame frame{static_cast<std::uint32_t>(padding), padding_kind, 0};
        std::memcpy(ring_.data() + offset, &frame, sizeof frame);
    }
    prepared_ = tail + padding;
    return ring_.subspan(static_cast<std::size_t>(prepared_ % ring_.size()), most);
}

Position QueueProducer::commit(std::size_t size) noexcept {
    const Position next = prepared_ + size;
    CHAT_CRASH_POINT("queue: record written");
    position_ = next;
    tail_->store(next, std::memory_order_release);
    CHAT_CRASH_POINT("queue: record committed");
    return next;
}

std::optional<QueueReader::Entry> QueueReader::read(Position at, Position tail) const noexcept {
    const auto offset = static_cast<std::size_t>(at % ring_.size());
    const std::size_t to_end = ring_.size() - offset;
    if (at % record_alignment != 0 || at >= tail || tail - at > ring_.size() || to_end < sizeof(RecordFrame))
        return std::nullopt;
    RecordFrame frame{};
    std::memcpy(&frame, ring_.data() + offset, sizeof frame);
    if (frame.size < sizeof frame || frame.size % record_alignment != 0 || frame.size > to_end ||
        frame.size > tail - at)
        return std::nullopt;
    return Entry{ring_.subspan(offset, frame.size), at + frame.size, frame.kind == padding_kind};
}

}  // namespace chat
