// Records about groups: creation, joining, requests and their answers, leaving, and lists of groups. A group is
// identified by its number.
#pragma once

#include "shared/memory/group_table.h"
#include "shared/records/answer.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

// One row of a list of groups, packed.
struct GroupInfo {
    std::uint32_t id;
    std::uint32_t admin;       // client id
    std::string_view members;  // client ids, separated by commas
};
// Five digits and a comma per client id.
[[nodiscard]] constexpr std::size_t largest_group_info(std::size_t members) noexcept {
    return 10 + 6 * members;
}
// The longest line that delivery renders for a group, and how many members fit a line of `line` bytes.
[[nodiscard]] constexpr std::size_t largest_group_line(std::size_t members) noexcept {
    return 128 + 6 * members;
}
[[nodiscard]] constexpr std::size_t max_members_in_line(std::size_t line) noexcept {
    return (line - largest_group_line(0)) / 6;
}
void append_group_info(std::string& rows, const GroupInfo& info);
[[nodiscard]] std::optional<GroupInfo> take_group_info(std::string_view& rows) noexcept;

namespace records {

// For a switch over the kinds of this family; a record of another family has none of these values.
enum class GroupKind : std::uint16_t {
    made = static_cast<std::uint16_t>(RecordKind::group_made),
    joined = static_cast<std::uint16_t>(RecordKind::group_joined),
    asked = static_cast<std::uint16_t>(RecordKind::group_asked),
    declined = static_cast<std::uint16_t>(RecordKind::group_declined),
    approved = static_cast<std::uint16_t>(RecordKind::group_approved),
    rejected = static_cast<std::uint16_t>(RecordKind::group_rejected),
    left = static_cast<std::uint16_t>(RecordKind::group_left),
    admin = static_cast<std::uint16_t>(RecordKind::group_admin),
    groups = static_cast<std::uint16_t>(RecordKind::groups),
};
[[nodiscard]] constexpr GroupKind group_kind(const Record& record) noexcept {
    return static_cast<GroupKind>(record.kind);
}

// The group that a record of this family is about; not for lists.
[[nodiscard]] inline std::uint32_t group_of(const Record& record) noexcept {
    return static_cast<std::uint32_t>(record.value);
}

// The sender has created the group and is its admin.
struct GroupMade {
    std::uint32_t group = 0;
    Standing others = Standing::member;  // of the receivers: members, or invited
    std::string_view members = {};       // ids, separated by commas
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::group_made,
                .value = group,
                .scope = static_cast<std::uint8_t>(others),
                .text = members,
                .receivers = receivers};
    }
    [[nodiscard]] static GroupMade of(const Record& record) noexcept {
        return {group_of(record), static_cast<Standing>(record.scope), record.text, record.receivers};
    }
};

// The sender, who was invited, has become a member; or a member has left.
template <RecordKind Kind>
struct GroupChange {
    std::uint32_t group = 0;
    std::uint32_t count = 0;  // members after the event
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept {
        return {.kind = Kind, .value = group, .number = count, .receivers = receivers};
    }
    [[nodiscard]] static GroupChange of(const Record& record) noexcept {
        return {group_of(record), record.number, record.receivers};
    }
};
using GroupJoined = GroupChange<RecordKind::group_joined>;
using GroupLeft = GroupChange<RecordKind::group_left>;

// The sender asks to join or declines an invitation: the receiver is the admin. Or the sender becomes the admin: the
// receivers are the members.
template <RecordKind Kind>
struct GroupNotice {
    std::uint32_t group = 0;
    std::span<const SlotId> receivers = {};

    [[nodiscard]] Record record() const noexcept { return {.kind = Kind, .value = group, .receivers = receivers}; }
    [[nodiscard]] static GroupNotice of(const Record& record) noexcept { return {group_of(record), record.receivers}; }
};
using GroupAsked = GroupNotice<RecordKind::group_asked>;
using GroupDeclined = GroupNotice<RecordKind::group_declined>;
using GroupAdmin = GroupNotice<RecordKind::group_admin>;

// The sender, who is the admin, has answered a request to join.
template <RecordKind Kind>
struct GroupAnswer {
    std::uint32_t group = 0;
    std::uint32_t count = 0;      // approved: members after the event
    std::uint32_t client_id = 0;  // of the client that asked
    std::string_view client_name = {};
    std::span<const SlotId> receivers = {};  // the first is the client that asked

    [[nodiscard]] Record record() const noexcept {
        return {.kind = Kind,
                .target_id = client_id,
                .value = group,
                .number = count,
                .target = client_name,
                .receivers = receivers};
    }
    [[nodiscard]] static GroupAnswer of(const Record& record) noexcept {
        return {group_of(record), record.number, record.target_id, record.target, record.receivers};
    }
    // The client that asked; empty if the record does not name it.
    [[nodiscard]] std::optional<SlotId> client() const noexcept {
        return receivers.empty() ? std::nullopt : std::optional(receivers.front());
    }
};
using GroupApproved = GroupAnswer<RecordKind::group_approved>;
using GroupRejected = GroupAnswer<RecordKind::group_rejected>;

// The answer to /activegroups and /activeallgroups.
struct Groups {
    std::string_view rows = {};  // GroupInfo…
    std::uint32_t count = 0;
    std::string_view list = {};    // the word in the closing line
    std::string_view cursor = {};  // of a part that is not the last: see answer.h

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::groups,
                .flags = cursor.empty() ? std::uint16_t{0} : record_flag::more,
                .number = count,
                .target = cursor.empty() ? list : cursor,
                .text = rows};
    }
    [[nodiscard]] static Groups of(const Record& record) noexcept {
        return {record.text, record.number, record.has(record_flag::more) ? std::string_view{} : record.target,
                cursor_in(record)};
    }
};

}  // namespace records
}  // namespace chat
