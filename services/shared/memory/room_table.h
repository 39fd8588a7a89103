// The rows of rooms, and each client's memberships. Only the acceptor uses them.
//
// A room exists while a membership of a connected client refers to it; the lobby, index 0, always exists. So a row to
// which no membership refers, whether not yet or no longer, is free without any cleanup.
#pragma once

#include "shared/text/text_rules.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace chat {

struct RoomRow {
    std::uint8_t name_size;
    char name[max_name_size];  // as first spelled
    std::uint8_t unused_before[7];
    std::uint64_t opened;     // number of the record with which it was last opened
    std::uint8_t unused[80];  // zero, for future fields

    [[nodiscard]] std::string_view name_view() const noexcept {
        return {name, std::min<std::size_t>(name_size, max_name_size)};
    }
    void set_name(std::string_view value) noexcept {
        name_size = static_cast<std::uint8_t>(std::min(value.size(), max_name_size));
        std::memcpy(name, value.data(), name_size);
    }
};
static_assert(sizeof(RoomRow) == 128);

// Index of a room + 1; 0 = none.
using Membership = std::atomic<std::uint32_t>;
static_assert(Membership::is_always_lock_free && sizeof(Membership) == 4);

inline constexpr std::uint32_t lobby = 0;
inline constexpr std::string_view lobby_name = "lobby";

}  // namespace chat
