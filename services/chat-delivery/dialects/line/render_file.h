// The lines about files: each receiver gets one of its own, with its own ticket.
#pragma once

#include "shared/records/file.h"

#include <string>

namespace chat {

// What the sender of a record about a file gets; nothing for a record of another kind.
void append_file_answer(std::string& out, const Record& record);
// What one receiver of a file gets.
void append_file(std::string& out, const Record& record, const records::FileOffered& offered, const Ticket& ticket);

}  // namespace chat
