// The rows of groups: who is in each, in order of standing, who is invited, and who asks. The acceptor's; nobody else
// looks at them.
//
// Who is not connected any more counts for nothing in a row, and a group without a member is none: so nobody has to
// take a client out of rows when it leaves, and a row whose group has ended is free without anyone's doing.
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
inline constexpr std::uint32_t pending_per_group = 32;  // invitations and requests beside the members

enum class Standing : std::uint8_t { none, member, invited, asking };

struct Person {
    SlotId client;
    Standing standing;
    friend bool operator==(const Person&, const Person&) = default;
};

struct GroupRow {
    std::uint64_t changed_by = 0;  // sequence number of the last record applied to it
    std::uint32_t id = 0;          // 0 = never used
    SlotId told_admin;             // who was last announced as its admin
    std::vector<Person> people;    // members in the order in which they became members; the first is the admin
};

// A row in shared memory is a word that says which of two copies is valid, and the copies: a head and `count` entries.
struct GroupHead {
    std::uint64_t changed_by;
    std::uint32_t id;
    std::uint32_t count;
    SlotId told_admin;
    std::uint8_t unused[40];  // zero, for fields to come
};
struct GroupEntry {
    SlotId client;
    std::uint32_t standing;
};
static_assert(sizeof(GroupHead) == 64 && sizeof(GroupEntry) == 12);

// Bytes that a row takes, with two copies: a writer killed half-way leaves the old one valid.
[[nodiscard]] std::size_t group_row_size(std::size_t people) noexcept;
// The valid copy; empty where it does not add up. `place` has group_row_size() bytes and is aligned to eight.
[[nodiscard]] std::optional<GroupRow> read_group_row(std::span<const std::byte> place);
// `row` has no more people than the place was made for.
void replace_group_row(std::span<std::byte> place, const GroupRow& row) noexcept;

}  // namespace chat
