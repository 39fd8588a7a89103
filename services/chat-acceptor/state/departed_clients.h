// The clients that left lately. The rows are in shared memory and follow from the records alone; the maps on the heap
// are derived from them.
#pragma once

#include "shared/memory/segment.h"
#include "shared/records/record.h"
#include "shared/text/text_rules.h"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chat {

class DepartedClients {
  public:
    explicit DepartedClients(const Segment& segment);

    // Its departure is being applied; idempotent. `irc`: what it has told of itself, if it spoke IRC.
    void remember(const Record& record, const ClientRow& row, const IrcRow& irc);

    // A client that left in the hour before `now`, by id or by its last name; the latest of that name.
    [[nodiscard]] const DepartedRow* find_id(std::uint32_t client_id, Microseconds now) const;
    [[nodiscard]] const DepartedRow* find_name(std::string_view name, Microseconds now) const;

    // All that left in that hour with this last name, the latest first, at most `limit`.
    [[nodiscard]] std::vector<const DepartedRow*> find_all(std::string_view name, Microseconds now,
                                                           std::size_t limit) const;

  private:
    const Segment* segment_;
    std::size_t next_ = 0;
    std::uint64_t last_ = 0;  // sequence number of the latest departure remembered
    std::unordered_map<std::uint32_t, std::size_t> by_id_;
    ByName<std::size_t> by_name_;
};

}  // namespace chat
