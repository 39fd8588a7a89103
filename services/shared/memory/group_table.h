// The rows of groups: members in order of seniority, and clients that are invited or ask to join. Only the acceptor
// uses them.
//
// Disconnected clients in a row are ignored, and a group without members does not exist. So a departing client need not
// be removed from rows, and the row of an ended group is free without any cleanup.
#pragma once

#include "shared/memory/client_table.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace chat {

inline constexpr std::uint32_t lowest_group_id = 1000;
inline constexpr std::uint32_t highest_group_id = 9999;
inline constexpr std::uint32_t pending_per_group = 32;  // invitations and requests, besides the members

enum class Standing : std::uint8_t { none, member, invited, asking };

struct Person {
    SlotId client;
    Standing standing;
    bool was_put = false;  // made a member by the group's maker, without having asked
    friend bool operator==(const Person&, const Person&) = default;
};

struct GroupRow {
    std::uint64_t changed_by = 0;  // sequence number of the last record applied to it
    std::uint32_t id = 0;          // 0 = never used
    SlotId told_admin;             // the client last announced as its admin
    std::vector<Person> people;    // members in the order in which they joined; the first is the admin
    SlotId maker = {};             // generation 0: not known, because 0.1 made it
};

// A row in shared memory: a word that says which of two copies is valid, and the copies, each a head and `count`
// entries.
struct GroupHead {
    std::uint64_t changed_by;
    std::uint32_t id;
    std::uint32_t count;
    SlotId told_admin;
    SlotId maker;
    std::uint8_t unused[32];  // zero, for future fields
};
struct GroupEntry {
    SlotId client;
    std::uint32_t standing;  // Standing, and 256 if was_put
};
static_assert(sizeof(GroupHead) == 64 && sizeof(GroupEntry) == 12);

// Size of a row in bytes, with two copies: a writer killed halfway leaves the old one valid.
[[nodiscard]] std::size_t group_row_size(std::size_t people) noexcept;
// The valid copy; empty if it is malformed. `place` has group_row_size() bytes and is aligned to eight.
[[nodiscard]] std::optional<GroupRow> read_group_row(std::span<const std::byte> place);
// `row` must not have more people than `place` was made for.
void replace_group_row(std::span<std::byte> place, const GroupRow& row) noexcept;

}  // namespace chat
