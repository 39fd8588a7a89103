// Writes a record's lines to the outboxes of everyone it concerns: first the receivers, then the sender. A fan-out that
// was interrupted by a crash is repeated from the start; clients that already have the lines are skipped.
#pragma once

#include "chat-delivery/dialects/dialect.h"
#include "chat-delivery/outboxes.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chat {

class FanOut {
  public:
    FanOut(const Segment& segment, Outboxes& outboxes, bool guests_allowed = true, std::string server_name = {});

    void deliver(const Record& record);
    // Whether clients without an account receive anything but answers to their own lines (accounts.guests). From any
    // thread.
    void allow_guests(bool allowed) noexcept { guests_allowed_.store(allowed, std::memory_order_relaxed); }

  private:
    struct Rendering {
        bool is_made = false;  // for the current record
        std::uint64_t voice = 0;
        std::string_view lines;  // a view of `out`
        std::string out;
    };

    [[nodiscard]] bool is_barred(SlotId client) const noexcept;
    [[nodiscard]] DialectId dialect_of(SlotId client) const noexcept {
        return client.slot < dialects_.size() ? dialects_[client.slot] : DialectId::line;
    }
    [[nodiscard]] std::string name_of(SlotId client) const;
    [[nodiscard]] bool is_secure(SlotId client) const noexcept;
    // Rendered once for each dialect, and for each voice in it, that a receiver has.
    [[nodiscard]] std::string_view lines_for(SlotId receiver, const Record& record) {
        const bool is_made = dialect_of(receiver) == DialectId::line && native_.is_made;
        return is_made ? native_.lines : render_for(receiver, record);
    }
    [[nodiscard]] std::string_view render_for(SlotId receiver, const Record& record);
    [[nodiscard]] std::string_view lines_in_voice(DialectId dialect, std::uint64_t voice, const Record& record);
    [[nodiscard]] const DialectWriter& set_voice_of(SlotId client, const Record& record);
    [[nodiscard]] Outcome deliver_to_receivers(const Record& record);
    // The file's sender is notified of what becomes of it for each receiver.
    [[nodiscard]] bool is_receipt_wanted(std::uint32_t file_row, std::uint64_t file) const noexcept;
    void offer_file(const Record& record);
    void send_kept(const Record& record, const DialectWriter& writer, std::string_view rows);
    void notify_senders_of_unsent(const Record& record);

    const Segment* segment_;
    Outboxes* outboxes_;
    WriterContext context_;
    std::atomic<bool> guests_allowed_;
    std::unordered_map<std::uint32_t, SlotId> by_id_;  // the latest client of each id, connected or not
    std::vector<DialectId> dialects_;                  // of the latest client of each slot, whose dialect never changes
    Rendering native_;
    std::vector<Rendering> spoken_;  // in the voices of other dialects; the first `spoken_count_` are made
    std::size_t spoken_count_ = 0;
    std::string lines_;
};

}  // namespace chat
