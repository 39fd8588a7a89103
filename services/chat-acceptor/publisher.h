// The producing end of the queue: one record, one commit, then its effects.
//
// The order of steps is the acceptor's crash rule: commit (`tail`), apply to the rows, `parsed`, `checkpoint`. A
// process killed before the commit leaves no trace; if it is killed after the commit, its successor applies the record
// again (redo), and nobody notices.
#pragma once

#include "chat-acceptor/state/tables.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <cstdint>
#include <functional>
#include <string>

namespace chat {

// Every delivery that works with this layout knows the kinds up to this one. Once 0.2.0 is released it stays at that
// version's last kind, while last_record_kind moves on.
inline constexpr RecordKind known_to_every_delivery = last_record_kind;

class Publisher {
  public:
    Publisher(const Segment& segment, Tables& tables, RecordKind known = known_to_every_delivery);

    // Delivery has said hello, with the kinds it knows (LinkMessage::knows). That holds until its next hello.
    void set_known_kinds(std::uint32_t highest) noexcept;
    // A record of a kind that delivery does not know must not be published: that delivery is an earlier version that is
    // about to be restarted.
    [[nodiscard]] bool may_publish(RecordKind kind) const noexcept { return kind <= known_; }

    // Both throw DamagedSegment if the cursors cannot be right.
    // Is there room for any one record? An eighth of the queue is reserved for departures and other control records.
    [[nodiscard]] bool has_room() { return has_room(kept_); }
    [[nodiscard]] bool has_control_room() { return has_room(0); }

    // The most bytes of rendered lines that one record about kept messages may have.
    [[nodiscard]] std::size_t largest_kept_page() const noexcept { return largest_kept_page_; }

    // Who keeps the oldest record in the queue, for people: "the log of messages is not written".
    [[nodiscard]] std::string holder() const;

    struct Published {
        std::uint64_t sequence;
        Microseconds at;
        Position end;
    };
    // Numbers, commits and applies the record; the caller has checked for room. `at` is kept if it is set.
    Published publish(const Record& unnumbered);
    // The number that the next record will get.
    [[nodiscard]] std::uint64_t next_sequence() const noexcept { return sequence_ + 1; }

    // Reapplies what was committed and possibly not applied: call once at start. `each` receives every record.
    void redo(const std::function<void(const Record&, Position begin, Position end)>& each);

    // Lets the queue drop what lies before `position`, as far as the session log is concerned.
    void set_sessions_logged(Position position) noexcept;
    [[nodiscard]] Position tail() const noexcept { return producer_.tail(); }

    // Wakes delivery if it sleeps: call once after a batch.
    void ring() noexcept { segment_->doorbell().ring_if_asleep(); }

  private:
    [[nodiscard]] bool has_room(std::size_t kept);
    [[nodiscard]] Position floor() const;
    void check_sequence() const;

    const Segment* segment_;
    Tables* tables_;
    QueueProducer producer_;
    std::size_t largest_;
    std::size_t largest_kept_page_;
    std::size_t kept_;
    Position known_floor_ = 0;
    std::uint64_t sequence_;
    RecordKind known_;
};

}  // namespace chat
