// The lines about groups: who makes them, comes in, asks, is answered and goes, and the lists of groups.
#pragma once

#include "shared/records/record.h"

#include <string>

namespace chat {

// What the receivers and the sender of a record about a group get; nothing for a record of another kind.
void append_group_news(std::string& out, const Record& record);
void append_group_answer(std::string& out, const Record& record);

}  // namespace chat
