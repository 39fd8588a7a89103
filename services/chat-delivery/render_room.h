// The lines about rooms: who enters and leaves, and the list of rooms.
#pragma once

#include "shared/record.h"

#include <string>
#include <string_view>

namespace chat {

// `joined` or `left`, for a record of that kind.
void append_room_change(std::string& out, const Record& record, std::string_view tag);
// The answer to /rooms.
void append_rooms(std::string& out, const Record& record);

}  // namespace chat
