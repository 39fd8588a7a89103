// Lines about files: each receiver gets its own, with its own ticket.
#pragma once

#include "shared/records/file.h"

#include <string>

namespace chat {

// The lines for the sender of a file record; none for other records.
void append_file_answer(std::string& out, const Record& record);
// The line for one receiver of a file.
void append_file(std::string& out, const Record& record, const records::FileOffered& offered, const Ticket& ticket);

}  // namespace chat
