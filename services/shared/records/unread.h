// The answer to /unread: the places in which an account has not read everything.
#pragma once

#include "shared/records/packing.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

// One row of it, packed.
struct UnreadInfo {
    bool is_room = false;
    std::string_view name = {};  // of the room, or of the other account
    std::uint64_t count = 0;
    std::uint64_t first = 0;  // message ids
    std::uint64_t last = 0;
};
// The longest line that delivery renders for a place.
inline constexpr std::size_t largest_unread_line = 192;
inline void append_unread_info(std::string& rows, const UnreadInfo& info) {
    pack(rows, info.is_room, info.name, info.count, info.first, info.last);
}
[[nodiscard]] inline std::optional<UnreadInfo> take_unread_info(std::string_view& rows) noexcept {
    UnreadInfo info;
    return take(rows, info.is_room, info.name, info.count, info.first, info.last) ? std::optional(info) : std::nullopt;
}

namespace records {

struct Unread {
    std::string_view rows = {};  // UnreadInfo…
    std::uint32_t count = 0;

    [[nodiscard]] Record record() const noexcept { return {.kind = RecordKind::unread, .number = count, .text = rows}; }
    [[nodiscard]] static Unread of(const Record& record) noexcept { return {record.text, record.number}; }
};

}  // namespace records
}  // namespace chat
