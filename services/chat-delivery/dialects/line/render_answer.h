// Lines of answers that only the sender gets: lists of clients, help, values, and errors.
#pragma once

#include "shared/records/record.h"

#include <string>

namespace chat {

// The lines for the sender of an answer record; none for other records.
void append_answer(std::string& out, const Record& record);

}  // namespace chat
