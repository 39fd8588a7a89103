// The rows of rooms, what is set in them, and each client's memberships. Only the acceptor uses them.
//
// A room exists while a membership of a connected client refers to it; the lobby, index 0, always exists. So a row to
// which no membership refers, whether not yet or no longer, is free without any cleanup.
#pragma once

#include "shared/memory/row_text.h"
#include "shared/system/clock.h"
#include "shared/text/mask.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace chat {

struct RoomRow {
    std::uint8_t name_size;
    char name[max_name_size];  // as first spelled
    // Not 0: nobody becomes its operator just because it has none: the server opened it, or the last one gave it up.
    std::uint8_t may_lack_operators;
    std::uint8_t unused_before[6];
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

inline constexpr std::size_t max_topic_size = 390;  // bytes
inline constexpr std::size_t max_room_key_size = 23;

// Modes of a room that are on or off. A bit says that a mode is not as in a new room, where `members_write` and
// `operators_set_topic` are on and the others off. Stored: add at the end, never renumber.
enum class RoomMode : std::uint8_t { members_write, operators_set_topic, invited_join, voiced_write, secret, no_ctcp };

// What its operators have set in a room. It belongs to one opening of the room: for another one it is empty.
struct RoomState {
    std::uint64_t opened;  // as in RoomRow
    Microseconds opened_at;
    Microseconds topic_at;
    std::uint32_t limit;  // members; 0: any number
    std::uint8_t modes;   // bits: RoomMode
    std::uint8_t unused_before;
    std::uint16_t topic_size;
    char topic[max_topic_size];
    RowText<max_name_size> topic_by;
    RowText<max_room_key_size> key;  // empty: none
    std::uint8_t unused[33];         // zero, for future fields

    [[nodiscard]] std::string_view topic_view() const noexcept {
        return {topic, std::min<std::size_t>(topic_size, max_topic_size)};
    }
    void set_topic(std::string_view value) noexcept {
        topic_size = static_cast<std::uint16_t>(std::min(value.size(), max_topic_size));
        std::copy_n(value.data(), topic_size, topic);
    }
    // Is the mode as in a new room?
    [[nodiscard]] bool is_usual(RoomMode mode) const noexcept {
        return (modes >> static_cast<unsigned>(mode) & 1U) == 0;
    }
    [[nodiscard]] bool has(RoomMode mode) const noexcept {
        const bool is_on_at_first = mode == RoomMode::members_write || mode == RoomMode::operators_set_topic;
        return is_usual(mode) == is_on_at_first;
    }
    void set(RoomMode mode, bool on) noexcept {
        const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(mode));
        if (has(mode) != on) modes = static_cast<std::uint8_t>(modes ^ bit);
    }
};
static_assert(sizeof(RoomState) == 512 && std::is_trivially_copyable_v<RoomState>);

struct RoomStateSlot {
    RoomState row[2];
    std::atomic<std::uint64_t> row_index;  // version << 1 | which copy is valid
    std::uint8_t unused[56];               // zero
};
static_assert(sizeof(RoomStateSlot) % 64 == 0);

// Entries of the lists of rooms: whom the operators of a room keep out (b), let in or speak all the same (e), or let in
// without an invitation (I), by a mask; and invitations (i), each of one client. An entry counts while its room is the
// opening that it names, and an invitation while its client is connected.
struct RoomEntry {
    std::uint64_t sequence;  // number of the record that added it; 0: unused. Stored last
    std::uint64_t opened;    // as in RoomRow
    Microseconds at;
    std::uint32_t room;
    std::uint32_t slot;  // of an invitation
    std::uint32_t generation;
    char list;
    RowText<max_mask_size> mask;
    RowText<max_name_size> by;
    std::uint8_t unused[26];  // zero, for future fields
};
static_assert(sizeof(RoomEntry) == 192 && std::is_trivially_copyable_v<RoomEntry>);
inline constexpr std::size_t room_entry_count = 4096;

// Index of a room + 1, and its member's standing above that; 0 = none.
using Membership = std::atomic<std::uint32_t>;
static_assert(Membership::is_always_lock_free && sizeof(Membership) == 4);

// The standing of a member, as bits; the other bits are the room's.
namespace standing_bit {
inline constexpr std::uint32_t operates = 1U << 30U;
inline constexpr std::uint32_t has_voice = 1U << 31U;
inline constexpr std::uint32_t both = operates | has_voice;
}  // namespace standing_bit

// What a member may do in a room.
struct RoomStanding {
    bool is_operator = false;
    bool has_voice = false;
};

inline constexpr std::uint32_t lobby = 0;
inline constexpr std::string_view lobby_name = "lobby";

}  // namespace chat
