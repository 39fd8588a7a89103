// Entries in the journal about one client, with the fields by which `journalctl` finds them. Never a message's text.
#pragma once

#include "shared/memory/client_table.h"
#include "shared/records/record.h"
#include "shared/system/journal.h"

#include <cstdint>
#include <string>

namespace chat {

// "Batman (48213) at 127.0.0.1:50312 connected"
void journal_client(Event event, const ClientRow& row, const std::string& what);
// What the calculator was asked and its result: numbers and an operator, no other words of a client.
void journal_result(const Record& record);

}  // namespace chat
