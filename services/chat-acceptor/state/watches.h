// The names that IRC clients watch. The rows are in shared memory and follow from the records alone (apply); the maps
// on the heap are derived from them.
//
// A row says what its client was told last. Where that is no longer so, its watchers are to be told: this follows from
// the rows, so a successor finishes what is left to do.
#pragma once

#include "chat-acceptor/state/sessions.h"
#include "shared/memory/segment.h"
#include "shared/memory/watch_table.h"
#include "shared/records/record.h"
#include "shared/text/text_rules.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chat {

class Watches {
  public:
    explicit Watches(const Segment& segment);

    // Applies a committed record, before it is applied to the rows of clients; idempotent.
    void apply(const Record& record);

    // In the order in which the client added them; valid until a record is applied.
    [[nodiscard]] std::vector<const WatchRow*> of(SlotId client) const;
    [[nodiscard]] std::size_t count(SlotId client) const noexcept;
    [[nodiscard]] bool is_watching(SlotId client, std::string_view name) const noexcept;
    [[nodiscard]] std::vector<SlotId> watchers_of(std::string_view name) const;
    // For further names, of any clients.
    [[nodiscard]] std::size_t free_places() const noexcept { return free_.size(); }

    // A name whose watchers have not been told that it has come or gone.
    struct News {
        std::string name;               // as it is or was spelled
        std::optional<SlotId> has_it;   // empty: it has gone
        std::vector<SlotId> receivers;  // in the order of their slots
    };
    // Are there names that may have news?
    [[nodiscard]] bool may_have_news() const noexcept { return !changed_.empty(); }
    [[nodiscard]] std::optional<News> find_news(const Sessions& sessions);

  private:
    using Index = std::uint32_t;  // of a row

    [[nodiscard]] const WatchRow& row(Index index) const noexcept { return segment_->watches()[index]; }
    [[nodiscard]] std::optional<Index> find(SlotId client, std::string_view name) const noexcept;
    void change(const Record& record);
    void add(const Record& record, std::string_view name, bool is_here, std::uint8_t order);
    void remove(Index index);
    void remove_all(SlotId client);
    void put_into_maps(Index index);
    void tell(const Record& record);
    void note_change(std::string_view name);

    const Segment* segment_;
    std::vector<Index> free_;
    std::unordered_map<std::uint32_t, std::vector<Index>> of_slot_;
    ByName<std::vector<Index>> of_name_;
    std::deque<std::string> changed_;  // names that are watched, as they were spelled
};

}  // namespace chat
