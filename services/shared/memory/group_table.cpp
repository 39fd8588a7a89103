// Committing and reading group rows.
#include "shared/memory/group_table.h"

#include "shared/system/crash_point.h"

#include <cstring>

namespace chat {
namespace {

using Head = GroupHead;
using Entry = GroupEntry;

constexpr std::uint32_t put_flag = 256;

std::size_t copy_size(std::size_t people) noexcept {
    return (sizeof(Head) + people * sizeof(Entry) + 7) / 8 * 8;
}

std::size_t copy_size_of(std::span<const std::byte> place) noexcept {
    return (place.size() - sizeof(SharedWord)) / 2;
}

}  // namespace

std::size_t group_row_size(std::size_t people) noexcept {
    return sizeof(SharedWord) + 2 * copy_size(people);
}

std::optional<GroupRow> read_group_row(std::span<const std::byte> place) {
    const auto index = reinterpret_cast<const SharedWord*>(place.data())->load(std::memory_order_acquire);
    const std::size_t size = copy_size_of(place);
    const std::byte* at = place.data() + sizeof(SharedWord) + (index & 1U) * size;
    Head head{};
    std::memcpy(&head, at, sizeof head);
    if (head.count > (size - sizeof head) / sizeof(Entry)) return std::nullopt;
    GroupRow row{head.changed_by, head.id, head.told_admin, {}, head.maker};
    if (row.id != 0 && (row.id < lowest_group_id || row.id > highest_group_id)) return std::nullopt;
    for (std::uint32_t i = 0; i < head.count; ++i) {
        Entry entry{};
        std::memcpy(&entry, at + sizeof head + i * sizeof entry, sizeof entry);
        const std::uint32_t standing = entry.standing & ~put_flag;
        if (standing == 0 || standing > static_cast<std::uint32_t>(Standing::asking)) return std::nullopt;
        row.people.push_back({entry.client, static_cast<Standing>(standing), (entry.standing & put_flag) != 0});
    }
    return row;
}

void replace_group_row(std::span<std::byte> place, const GroupRow& row) noexcept {
    SharedWord& index = *reinterpret_cast<SharedWord*>(place.data());
    const std::uint64_t now = index.load(std::memory_order_relaxed);
    std::byte* at = place.data() + sizeof(SharedWord) + ((now + 1) & 1U) * copy_size_of(place);
    const Head head{row.changed_by, row.id,    static_cast<std::uint32_t>(row.people.size()),
                    row.told_admin, row.maker, {}};
    std::memcpy(at, &head, sizeof head);
    at += sizeof head;
    for (const Person& person : row.people) {
        const Entry entry{person.client, static_cast<std::uint32_t>(person.standing) | (person.was_put ? put_flag : 0)};
        std::memcpy(at, &entry, sizeof entry);
        at += sizeof entry;
    }
    CHAT_CRASH_POINT("group: row written");
    index.store(now + 1, std::memory_order_release);
    CHAT_CRASH_POINT("group: row committed");
}

}  // namespace chat
