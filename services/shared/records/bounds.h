// The size of the largest possible record, given the limits.
#pragma once

#include <cstddef>

namespace chat {

struct RecordBounds {
    std::size_t clients = 0;      // receivers of a record
    std::size_t memberships = 0;  // rooms of one client
    std::size_t members = 0;      // of one group
    std::size_t transfers = 0;    // receivers of files in total
    std::size_t line = 0;         // bytes of a client's line
};
[[nodiscard]] std::size_t largest_record(const RecordBounds& bounds) noexcept;

}  // namespace chat
