// The single shared-memory object of an instance: taking over an existing one, creating a new one, and access to its
// parts.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/memory/doorbell.h"
#include "shared/memory/file_table.h"
#include "shared/memory/group_table.h"
#include "shared/memory/irc_table.h"
#include "shared/memory/ledger.h"
#include "shared/memory/metadata_table.h"
#include "shared/memory/queue_words.h"
#include "shared/memory/room_table.h"
#include "shared/memory/segment_layout.h"
#include "shared/memory/shared_memory.h"
#include "shared/memory/watch_table.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace chat {

// The segment's contents cannot have been written by this program. The acceptor sets it aside; clients have to
// reconnect.
class DamagedSegment : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The roles, each held by one process, as bytes to lock (SharedMemory::claim).
inline constexpr unsigned acceptor_role = 0;
inline constexpr unsigned delivery_role = 1;

// The object found under the name of an instance's segment.
struct FoundSegment {
    std::optional<SharedMemory> object;  // empty if there is none, or it must not be opened
    Verdict verdict;                     // `problem` is empty if there is no object, or it fits
};

class Segment {
  public:
    // Inspects /chat-INSTANCE and changes nothing.
    [[nodiscard]] static FoundSegment find(const std::string& instance);
    // Takes over the object found; it must fit.
    explicit Segment(FoundSegment found) : Segment(std::move(*found.object), found.verdict.sizes) {}
    // Opens /chat-INSTANCE if it exists and fits this program. Empty otherwise; `problem` then says why an existing one
    // cannot be taken over.
    [[nodiscard]] static std::optional<Segment> open(const std::string& instance, std::string& problem);
    // Creates it; `first_sequence` is the number of the first record. Throws std::system_error.
    [[nodiscard]] static Segment create(const std::string& instance, const SegmentSizes& sizes,
                                        std::uint64_t first_sequence);
    // Removes the object of this instance, once nobody is connected and everything in it is recorded elsewhere.
    static void remove(const std::string& instance) noexcept { SharedMemory::remove(object_name(instance)); }
    [[nodiscard]] static std::string object_name(const std::string& instance);

    // Claims the role for this process; false: another process of this instance holds it.
    [[nodiscard]] bool claim_acceptor() const noexcept { return memory_.claim(acceptor_role); }
    [[nodiscard]] bool claim_delivery() const noexcept { return memory_.claim(delivery_role); }

    // See SharedMemory: is_truncated() is free, the others make a system call.
    [[nodiscard]] bool is_truncated() const noexcept { return memory_.is_truncated(); }
    [[nodiscard]] bool has_full_size() const noexcept { return memory_.has_full_size(); }
    [[nodiscard]] bool has_name() const noexcept { return memory_.has_name(); }
    // How much of it is backed by memory.
    [[nodiscard]] std::uint64_t backed_bytes() const noexcept { return memory_.backed_bytes(); }

    // A random number that identifies this segment.
    [[nodiscard]] std::uint64_t id() const noexcept {
        return reinterpret_cast<const SegmentHeader*>(memory_.bytes().data())->id;
    }
    [[nodiscard]] const SegmentSizes& sizes() const noexcept { return sizes_; }

    [[nodiscard]] Doorbell& doorbell() const noexcept { return *at<Doorbell>(Part::doorbell); }
    [[nodiscard]] QueueWords& words() const noexcept { return *at<QueueWords>(Part::words); }
    [[nodiscard]] std::span<std::byte> queue_ring() const noexcept {
        return {at<std::byte>(Part::queue), static_cast<std::size_t>(sizes_.queue)};
    }
    [[nodiscard]] std::span<Slot> slots() const noexcept { return {at<Slot>(Part::slots), sizes_.slots}; }
    [[nodiscard]] std::span<IrcSlot> irc() const noexcept { return rows<IrcSlot>(Part::irc); }
    [[nodiscard]] std::span<DepartedRow> departed() const noexcept { return rows<DepartedRow>(Part::departed); }
    [[nodiscard]] std::span<FileSlot> files() const noexcept { return rows<FileSlot>(Part::files); }
    [[nodiscard]] std::span<TicketSlot> tickets() const noexcept { return rows<TicketSlot>(Part::tickets); }
    // Seconds since 1970 at which each client id was last in use; index 0 is lowest_client_id. Acceptor.
    [[nodiscard]] std::span<std::uint32_t> id_last_used() const noexcept { return rows<std::uint32_t>(Part::ids); }
    // Acceptor.
    [[nodiscard]] std::span<RoomRow> rooms() const noexcept { return rows<RoomRow>(Part::rooms); }
    [[nodiscard]] std::span<RoomStateSlot> room_states() const noexcept {
        return rows<RoomStateSlot>(Part::room_states);
    }
    [[nodiscard]] std::span<RoomEntry> room_entries() const noexcept { return rows<RoomEntry>(Part::room_entries); }
    [[nodiscard]] std::span<WatchRow> watches() const noexcept { return rows<WatchRow>(Part::watches); }
    [[nodiscard]] std::span<MetadataRow> metadata() const noexcept { return rows<MetadataRow>(Part::metadata); }
    [[nodiscard]] std::span<Membership> memberships(std::uint32_t slot) const noexcept;
    // For each membership the number of the record with which it began; meaningless where there is none.
    [[nodiscard]] std::span<SharedWord> joined(std::uint32_t slot) const noexcept;
    [[nodiscard]] std::span<std::byte> group(std::uint32_t index) const noexcept;
    [[nodiscard]] std::span<std::byte> inbox(std::uint32_t slot) const noexcept {
        return {at<std::byte>(Part::inboxes) + slot * sizes_.inbox, static_cast<std::size_t>(sizes_.inbox)};
    }
    // The ring of an outbox, and the ledger in front of it.
    [[nodiscard]] std::span<std::byte> outbox(std::uint32_t slot) const noexcept {
        return {memory_.bytes().data() + ring_offset(slot), static_cast<std::size_t>(sizes_.outbox)};
    }
    [[nodiscard]] Ledger ledger(std::uint32_t slot) const noexcept {
        return Ledger({reinterpret_cast<LedgerEntry*>(outbox(slot).data()) - ledger_capacity_, ledger_capacity_});
    }

    // Backs the first `length` bytes of an inbox, or that much of an outbox, with memory; false: none left.
    [[nodiscard]] bool reserve_inbox(std::uint32_t slot, std::size_t length) const noexcept;
    [[nodiscard]] bool reserve_outbox(std::uint32_t slot, OutboxMemory wanted) const noexcept;
    void release_inbox(std::uint32_t slot) const noexcept;
    void release_outbox(std::uint32_t slot) const noexcept;

  private:
    Segment(SharedMemory memory, const SegmentSizes& sizes);
    template <typename T>
    [[nodiscard]] T* at(Part part) const noexcept {
        return reinterpret_cast<T*>(memory_.bytes().data() + layout_.offset(part));
    }
    [[nodiscard]] const PartEntry& entry(Part part) const noexcept {
        return layout_.parts[static_cast<std::size_t>(part)];
    }
    [[nodiscard]] std::size_t ring_offset(std::uint32_t slot) const noexcept {
        return first_ring_ + slot * outbox_row_;
    }
    template <typename Row>
    [[nodiscard]] std::span<Row> rows(Part part) const noexcept {
        return {at<Row>(part), static_cast<std::size_t>(entry(part).rows)};
    }

    SharedMemory memory_;
    SegmentSizes sizes_;
    Layout layout_;
    std::size_t ledger_capacity_;
    std::size_t outbox_row_;  // bytes of ledger and ring
    std::size_t first_ring_;  // its offset
};

}  // namespace chat
