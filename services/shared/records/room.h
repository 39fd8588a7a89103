// Records about rooms: joining, leaving, and the list of rooms.
#pragma once

#include "shared/records/answer.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

// One row of the list of rooms, packed.
struct RoomInfo {
    std::uint32_t count;
    bool you;
    std::string_view name;
};
inline constexpr std::size_t largest_room_info = 8 + max_name_size;
// The longest line that delivery renders for a room.
inline constexpr std::size_t largest_room_line = 112;
void append_room_info(std::string& rows, const RoomInfo& info);
[[nodiscard]] std::optional<RoomInfo> take_room_info(std::string_view& rows) noexcept;

namespace records {

// For a switch over the kinds of this family; a record of another family has none of these values.
enum class RoomKind : std::uint16_t {
    joined = static_cast<std::uint16_t>(RecordKind::joined),
    left = static_cast<std::uint16_t>(RecordKind::left),
    rooms = static_cast<std::uint16_t>(RecordKind::rooms),
    topic = static_cast<std::uint16_t>(RecordKind::topic),  // these: records/room_rights.h
    topic_shown = static_cast<std::uint16_t>(RecordKind::topic_shown),
    kicked = static_cast<std::uint16_t>(RecordKind::kicked),
    modes_changed = static_cast<std::uint16_t>(RecordKind::modes_changed),
    invited = static_cast<std::uint16_t>(RecordKind::invited),
};
[[nodiscard]] constexpr RoomKind room_kind(const Record& record) noexcept {
    return static_cast<RoomKind>(record.kind);
}

// The sender has become a member of the room, or is no longer one. No receivers if nothing has changed.
template <RecordKind Kind>
struct RoomChange {
    std::string_view room = {};
    std::uint32_t count = 0;                         // members after the event
    std::optional<std::uint32_t> operator_uid = {};  // of the operator who did it
    std::string_view words = {};                     // why; may be empty
    std::span<const SlotId> receivers = {};
    std::uint32_t account = 0;  // of the member; 0: a guest, or nothing has changed

    [[nodiscard]] Record record() const noexcept {
        return {.kind = Kind,
                .flags = operator_uid ? record_flag::by_operator : std::uint16_t{0},
                .target_id = account,
                .value = operator_uid.value_or(0),
                .number = count,
                .target = room,
                .text = words,
                .receivers = receivers};
    }
    [[nodiscard]] static RoomChange of(const Record& record) noexcept {
        RoomChange change{record.target, record.number, {}, record.text, record.receivers, record.target_id};
        if (record.has(record_flag::by_operator)) change.operator_uid = static_cast<std::uint32_t>(record.value);
        return change;
    }
};
using Joined = RoomChange<RecordKind::joined>;
using Left = RoomChange<RecordKind::left>;

// The answer to /rooms.
struct Rooms {
    std::string_view rows = {};  // RoomInfo…
    std::uint32_t count = 0;
    std::string_view cursor = {};  // of a part that is not the last: see answer.h

    [[nodiscard]] Record record() const noexcept {
        return {.kind = RecordKind::rooms,
                .flags = cursor.empty() ? std::uint16_t{0} : record_flag::more,
                .number = count,
                .target = cursor,
                .text = rows};
    }
    [[nodiscard]] static Rooms of(const Record& record) noexcept {
        return {record.text, record.number, cursor_in(record)};
    }
};

}  // namespace records
}  // namespace chat
