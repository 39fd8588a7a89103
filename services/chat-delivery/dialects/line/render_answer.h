// The lines of answers that concern nobody else: lists of clients, help, values, and errors.
#pragma once

#include "shared/records/record.h"

#include <string>

namespace chat {

// What the sender of an answer gets; nothing for a record of another kind.
void append_answer(std::string& out, const Record& record);

}  // namespace chat
