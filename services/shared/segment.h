// The layout of the one shared-memory object: what lies where, and the conditions under which an existing one is taken
// over. All sizes are read from its header, never compiled in.
#pragma once

#include "shared/client_table.h"
#include "shared/doorbell.h"
#include "shared/file_table.h"
#include "shared/group_table.h"
#include "shared/queue.h"
#include "shared/room_table.h"
#include "shared/shared_memory.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace chat {

// What the configuration decides about the layout. Sizes in bytes.
struct SegmentSizes {
    std::uint32_t slots;  // clients at one time, and spare slots for those that are leaving
    std::uint32_t max_line;
    std::uint64_t inbox;   // of one client
    std::uint64_t outbox;  // of one client
    std::uint64_t queue;
    std::uint32_t rooms;          // at one time, the lobby included
    std::uint32_t memberships;    // rooms that a client may be in, the lobby included
    std::uint32_t groups;         // at one time
    std::uint32_t members;        // of one group
    std::uint64_t transfers = 0;  // files at one time, and as many receivers of files
    friend bool operator==(const SegmentSizes&, const SegmentSizes&) = default;
};

// The words of the queue, each on a cache line of its own, with the one who writes it.
struct QueueWords {
    alignas(64) SharedWord tail;        // acceptor: position after the last committed record
    alignas(64) SharedWord checkpoint;  // acceptor: every record before it is applied to the rows
    SharedWord sequence;                // acceptor: a number not below that of any applied record
    SharedWord sessions_logged;         // acceptor: every session record before it is in the database
    alignas(64) SharedWord head;        // delivery: every record before it is fanned out
    alignas(64) SharedWord logged;      // delivery's log writer: every record before it is in the database
    SharedWord forgotten;               // … number of the last request to forget that is done; 0 while these change:
    SharedWord forgotten_outcome;       // ForgetOutcome
    SharedWord forgotten_sessions;      // what was found and removed
    SharedWord forgotten_messages;
    SharedWord forgotten_files;
};

// What became of a request to forget.
enum class ForgetOutcome : std::uint8_t {
    removed,
    unknown,    // the log has no session of that name or id
    ambiguous,  // an id that several clients have had, one after the other: nothing was removed
};
[[nodiscard]] std::string_view word_of(ForgetOutcome outcome) noexcept;

// What is in the segment cannot be what this program wrote. The acceptor sets it aside; clients have to come again.
class DamagedSegment : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Segment {
  public:
    // Opens /chat-INSTANCE if it is there and fits this program. Empty where there is none; `problem` says what is
    // wrong with one that is there but cannot be taken over.
    [[nodiscard]] static std::optional<Segment> open(const std::string& instance, std::string& problem);
    // Creates it; `first_sequence` is the number of the first record. Throws std::system_error.
    [[nodiscard]] static Segment create(const std::string& instance, const SegmentSizes& sizes,
                                        std::uint64_t first_sequence);
    // Removes the object of this instance: nobody is connected, and everything in it is written elsewhere.
    static void remove(const std::string& instance) noexcept { SharedMemory::remove(object_name(instance)); }
    [[nodiscard]] static std::string object_name(const std::string& instance);

    // Claims the one role for this process; false: another process of this instance has it.
    [[nodiscard]] bool claim_acceptor() const noexcept { return memory_.claim(0); }
    [[nodiscard]] bool claim_delivery() const noexcept { return memory_.claim(1); }

    // See SharedMemory: is_cut() costs nothing, the others a system call.
    [[nodiscard]] bool is_cut() const noexcept { return memory_.is_cut(); }
    [[nodiscard]] bool is_whole() const noexcept { return memory_.is_whole(); }
    [[nodiscard]] bool has_name() const noexcept { return memory_.has_name(); }

    [[nodiscard]] std::uint64_t id() const noexcept;  // random, unlike that of any other segment
    [[nodiscard]] const SegmentSizes& sizes() const noexcept { return sizes_; }

    [[nodiscard]] Doorbell& doorbell() const noexcept;
    [[nodiscard]] QueueWords& words() const noexcept { return *at<QueueWords>(words_at_); }
    [[nodiscard]] std::span<std::byte> queue_ring() const noexcept {
        return {at<std::byte>(queue_at_), static_cast<std::size_t>(sizes_.queue)};
    }
    [[nodiscard]] std::span<Slot> slots() const noexcept { return {at<Slot>(slots_at_), sizes_.slots}; }
    [[nodiscard]] std::span<DepartedRow> departed() const noexcept;
    [[nodiscard]] std::span<FileSlot> files() const noexcept;
    [[nodiscard]] std::span<TicketSlot> tickets() const noexcept;
    // Seconds since 1970 at which each client id was last in use; index 0 is lowest_client_id. Acceptor.
    [[nodiscard]] std::span<std::uint32_t> id_last_used() const noexcept;
    // Acceptor.
    [[nodiscard]] std::span<RoomRow> rooms() const noexcept;
    [[nodiscard]] std::span<Membership> memberships(std::uint32_t slot) const noexcept;
    [[nodiscard]] std::span<std::byte> group(std::uint32_t index) const noexcept;
    [[nodiscard]] std::span<std::byte> inbox(std::uint32_t slot) const noexcept {
        return {at<std::byte>(inboxes_at_ + slot * sizes_.inbox), static_cast<std::size_t>(sizes_.inbox)};
    }
    [[nodiscard]] std::span<std::byte> outbox(std::uint32_t slot) const noexcept {
        return {at<std::byte>(outboxes_at_ + slot * sizes_.outbox), static_cast<std::size_t>(sizes_.outbox)};
    }

    // Memory behind the first `length` bytes of an inbox or outbox; false: none left.
    [[nodiscard]] bool reserve_inbox(std::uint32_t slot, std::size_t length) const noexcept;
    [[nodiscard]] bool reserve_outbox(std::uint32_t slot, std::size_t length) const noexcept;
    void give_back_inbox(std::uint32_t slot) const noexcept;
    void give_back_outbox(std::uint32_t slot) const noexcept;

  private:
    struct Header;
    struct Layout;
    Segment(SharedMemory memory, const SegmentSizes& sizes);
    template <typename T>
    [[nodiscard]] T* at(std::size_t offset) const noexcept {
        return reinterpret_cast<T*>(memory_.bytes().data() + offset);
    }
    [[nodiscard]] static Layout layout_of(const SegmentSizes& sizes) noexcept;

    SharedMemory memory_;
    SegmentSizes sizes_;
    std::size_t words_at_ = 0, slots_at_ = 0, departed_at_ = 0, files_at_ = 0, tickets_at_ = 0, ids_at_ = 0,
                rooms_at_ = 0, memberships_at_ = 0, groups_at_ = 0, queue_at_ = 0, inboxes_at_ = 0, outboxes_at_ = 0;
};

}  // namespace chat
