// What becomes of a line: a draft, and how it becomes a record.
#pragma once

#include "chat-acceptor/acts/draft.h"
#include "chat-acceptor/clients/inbox.h"
#include "shared/memory/client_table.h"
#include "shared/records/record.h"
#include "shared/system/clock.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chat {

struct Reply {
    std::string_view tag;  // of the line
    Draft draft;
    std::size_t list_part = 0;   // bytes; 0: it is not a list
    bool is_secret = false;      // the line is to be wiped
    std::uint8_t next_step = 0;  // not 0: the line becomes further records
};

// The record about the client with this row, at this wall time; it views the reply and the row.
[[nodiscard]] Record record_of(const Reply& reply, const Inbox::Line& line, SlotId client, const ClientRow& row,
                               Microseconds wall);

}  // namespace chat
