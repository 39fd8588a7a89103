// The memory of those who left, in shared memory: enough to answer a message to one of them.
#pragma once

#include "shared/memory/segment.h"
#include "shared/records/record.h"
#include "shared/text/text_rules.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace chat {

class DepartedClients {
  public:
    explicit DepartedClients(const Segment& segment);

    // Applies the departure of the client of this row; idempotent.
    void remember(const Record& departure, const ClientRow& row);

    // A client that left in the hour before `now`, by id or by its last name; the latest of that name.
    [[nodiscard]] const DepartedRow* find_id(std::uint32_t client_id, Microseconds now) const;
    [[nodiscard]] const DepartedRow* find_name(std::string_view name, Microseconds now) const;

  private:
    const Segment* segment_;
    std::size_t next_ = 0;
    std::uint64_t last_ = 0;  // sequence number of the latest departure remembered
    std::unordered_map<std::uint32_t, std::size_t> by_id_;
    ByName<std::size_t> by_name_;
};

}  // namespace chat
