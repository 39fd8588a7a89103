// The lines about rooms: who enters and leaves, and the list of rooms.
#pragma once

#include "shared/records/record.h"

#include <string>

namespace chat {

// What the receivers and the sender of a record about a room get; nothing for a record of another kind.
void append_room_news(std::string& out, const Record& record);
void append_room_answer(std::string& out, const Record& record);

}  // namespace chat
