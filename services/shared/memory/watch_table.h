// The names that IRC clients watch (MONITOR). Only the acceptor uses them.
#pragma once

#include "shared/memory/row_text.h"
#include "shared/text/text_rules.h"

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace chat {

// One name that one client watches. A row counts while that client is connected.
struct WatchRow {
    std::uint64_t sequence;  // number of the record that added it; 0: unused. Stored last
    std::uint32_t slot;
    std::uint32_t generation;
    RowText<max_name_size> name;  // as the client has spelled it
    std::uint8_t is_here;         // not 0: what the client was told last is that somebody has this name
    std::uint8_t order;           // among the rows of the same record
    std::uint8_t unused[13];      // zero, for future fields
};
static_assert(sizeof(WatchRow) == 64 && std::is_trivially_copyable_v<WatchRow>);

inline constexpr std::size_t watches_per_slot = 8;      // on average: they are shared
inline constexpr std::size_t watches_per_client = 100;  // at most

}  // namespace chat
