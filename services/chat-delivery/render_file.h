// The spelling of the lines about files: each receiver gets one of its own, with its own ticket.
#pragma once

#include "shared/file_record.h"
#include "shared/record.h"
#include "shared/records/file.h"

#include <string>

namespace chat {

// The answer to /sendfile.
void append_upload(std::string& out, const Record& record);
// What one receiver of a file gets.
void append_file(std::string& out, const Record& record, const FileInfo& file, const Ticket& ticket);

}  // namespace chat
