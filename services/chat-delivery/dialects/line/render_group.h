// Lines about groups: creation, joining, requests and their answers, leaving, and lists of groups.
#pragma once

#include "shared/records/record.h"

#include <string>

namespace chat {

// The lines for the receivers and the sender of a group record; none for other records.
void append_group_news(std::string& out, const Record& record);
void append_group_answer(std::string& out, const Record& record);

}  // namespace chat
