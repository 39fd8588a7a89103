// Journal entries about one client, with the fields by which `journalctl` finds them. Never the text of a message.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/records/record.h"
#include "shared/system/journal.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace chat {

// "Batman (48213) at 127.0.0.1:50312 connected"
void journal_client(Event event, const ClientRow& row, const std::string& what);
// A line of this many bytes has ended the acceptor repeatedly and is skipped.
void journal_deadly_line(const ClientRow& row, std::size_t size);
// The calculator's input and result: numbers and an operator, nothing else from a client.
void journal_result(const Record& record);

}  // namespace chat
