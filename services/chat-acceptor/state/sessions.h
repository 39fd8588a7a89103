// Who is connected: identities, names and ids, and the memory of those who left. The rows are in shared memory and
// follow from the records alone (apply); the maps on the heap are derived from the rows and rebuilt at start.
#pragma once

#include "chat-acceptor/state/departed_clients.h"
#include "shared/memory/segment.h"
#include "shared/records/session.h"
#include "shared/text/text_rules.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chat {

// Is this client connected, according to its row? While a record is being applied the row still shows the previous
// state.
[[nodiscard]] bool is_client_here(const Segment& segment, SlotId client) noexcept;

class Sessions {
  public:
    explicit Sessions(const Segment& segment);

    // Applies a committed record to the rows and maps; idempotent. `end` is the position after it.
    void apply(const Record& record, Position end);

    [[nodiscard]] const ClientRow& row(std::uint32_t slot) const noexcept { return valid_row(segment_->slots()[slot]); }
    // The connected clients, in the order in which they came.
    [[nodiscard]] std::span<const SlotId> everyone() const noexcept { return everyone_; }
    [[nodiscard]] std::uint32_t announced_count() const noexcept { return announced_; }
    [[nodiscard]] std::uint32_t quiet_count() const noexcept { return quiet_; }
    // Connections of IRC clients that have not completed their registration: `everyone` is without them, and nobody
    // finds them by id or name.
    [[nodiscard]] std::uint32_t unregistered_count() const noexcept { return unregistered_; }
    // Registered clients that do not speak the native protocol.
    [[nodiscard]] std::uint32_t irc_count() const noexcept { return irc_; }
    [[nodiscard]] int irc_operator_count() const noexcept { return irc_operators_; }
    // With which addresses are hidden: it lasts as long as the segment.
    [[nodiscard]] std::uint64_t hidden_key() const noexcept { return segment_->id(); }
    // What an IRC client has told of itself.
    [[nodiscard]] const IrcRow& irc_row(std::uint32_t slot) const noexcept { return valid_row(segment_->irc()[slot]); }
    // What a client says while it is away; empty: it is here.
    [[nodiscard]] std::string_view away_text(SlotId client) const noexcept {
        const IrcRow& row = irc_row(client.slot);
        return row.generation == client.generation ? row.away.view() : std::string_view();
    }

    [[nodiscard]] std::optional<SlotId> find_id(std::uint32_t client_id) const;
    [[nodiscard]] std::optional<SlotId> find_name(std::string_view name) const;
    // Those who left in the last hour.
    [[nodiscard]] const DepartedClients& departed() const noexcept { return departed_; }

    // What a newcomer receives. A slot is free once delivery and its log have finished with its previous client.
    [[nodiscard]] std::optional<SlotId> find_free_slot() const;
    [[nodiscard]] bool is_free_slot(std::uint32_t slot) const noexcept;
    [[nodiscard]] std::uint32_t choose_id(Microseconds now) const;
    [[nodiscard]] std::string choose_name() const;

  private:
    void apply_connected(const Record& record, Slot& slot);
    [[nodiscard]] static bool changes_row(const Record& record, const ClientRow& row) noexcept;
    void apply_change(const Record& record, Position end, Slot& slot);
    void apply_departed(const Record& record, Position end, Slot& slot);
    void introduce(const Record& record, ClientRow& row);
    void replace_irc_row(const Record& record, std::string_view bytes);
    void take_name(const Record& record, ClientRow& row);
    void index_client(std::uint32_t slot, const ClientRow& row);

    const Segment* segment_;
    std::vector<SlotId> everyone_;
    std::uint32_t announced_ = 0;
    std::uint32_t quiet_ = 0;
    std::uint32_t unregistered_ = 0;
    std::uint32_t irc_ = 0;
    int irc_operators_ = 0;
    std::unordered_map<std::uint32_t, SlotId> by_id_;
    ByName<SlotId> by_name_;
    DepartedClients departed_;
    mutable std::uint32_t next_slot_ = 0;
};

}  // namespace chat
