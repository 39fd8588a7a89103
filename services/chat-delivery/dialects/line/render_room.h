// Lines about rooms: joining, leaving, and the list of rooms.
#pragma once

#include "shared/records/record.h"

#include <string>

namespace chat {

// The lines for the receivers and the sender of a room record; none for other records.
void append_room_news(std::string& out, const Record& record);
void append_room_answer(std::string& out, const Record& record);

// render_room_rights.cpp: those about its topic, its operators and who was removed.
void append_rights_news(std::string& out, const Record& record);
void append_rights_answer(std::string& out, const Record& record);

}  // namespace chat
