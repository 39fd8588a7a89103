// Packing the list of rooms.
#include "shared/records/room.h"

#include "shared/records/packing.h"

namespace chat {

void append_room_info(std::string& rows, const RoomInfo& info) {
    pack(rows, info.count, info.you, info.name);
}

std::optional<RoomInfo> take_room_info(std::string_view& rows) noexcept {
    RoomInfo info{};
    if (!take(rows, info.count, info.you, info.name)) return std::nullopt;
    return info;
}

}  // namespace chat
