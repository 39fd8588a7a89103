// A ring of variable-size records in any memory: one producer, and readers that each keep their own cursor. Positions
// are bytes since the queue began and never wrap; a record is at `position % size` and never crosses the ring's end:
// the rest there is filled with padding, which readers skip.
//
// The acceptor is the producer; delivery and its log writer are readers. Nothing here blocks or locks. If the producer
// dies, uncommitted data never existed. If a reader dies, its cursor stays where it was last stored.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace chat {

using Position = std::uint64_t;  // bytes since the queue began
using SharedWord = std::atomic<std::uint64_t>;
static_assert(SharedWord::is_always_lock_free && sizeof(SharedWord) == 8);

inline constexpr std::size_t record_alignment = 8;

// The first eight bytes of every record. The size covers them and is a multiple of record_alignment.
struct RecordFrame {
    std::uint32_t size;
    std::uint16_t kind;
    std::uint16_t flags;
};
inline constexpr std::uint16_t padding_kind = 0;

class QueueProducer {
  public:
    // Only this producer may write `tail`. The size of `ring` must be a multiple of record_alignment.
    QueueProducer(std::span<std::byte> ring, SharedWord& tail) noexcept
        : ring_(ring), tail_(&tail), position_(tail.load(std::memory_order_relaxed)) {}

    [[nodiscard]] Position tail() const noexcept { return position_; }

    // Room for one record of up to `most` bytes, given that everything before `floor` may be overwritten and `kept`
    // bytes must stay free. Empty: the queue is full.
    [[nodiscard]] std::span<std::byte> prepare(std::size_t most, Position floor, std::size_t kept) noexcept;
    // Publishes the first `size` bytes (a multiple of record_alignment) of the last prepared room. Its RecordFrame must
    // say the same size. Returns the position after the record.
    Position commit(std::size_t size) noexcept;

  private:
    std::span<std::byte> ring_;
    SharedWord* tail_;
    Position position_;  // the value in *tail_; loaded from there once, at the start
    Position prepared_ = 0;
};

class QueueReader {
  public:
    explicit QueueReader(std::span<const std::byte> ring) noexcept : ring_(ring) {}

    struct Entry {
        std::span<const std::byte> bytes;  // the record, in the ring: valid while the reader's cursor is not past it
        Position next;                     // the position after it
        bool padding;
    };
    // The record at `at`, which is below `tail`. Empty: the bytes there are not a record (out of range or out of
    // order), which can only be damage.
    [[nodiscard]] std::optional<Entry> read(Position at, Position tail) const noexcept;

  private:
    std::span<const std::byte> ring_;
};

}  // namespace chat
