// Renders everything the server sends in the protocol of docs/protocol.md: a record becomes lines. Nothing here knows
// who reads them.
#pragma once

#include "chat-delivery/dialects/dialect.h"

#include <string>
#include <string_view>

namespace chat {

// The functions behind line_writer. See DialectWriter.
[[nodiscard]] std::string_view render_for_receivers(const Record& record, std::string& out);
[[nodiscard]] std::string_view render_for_sender(const Record& record, Outcome outcome, std::string& out);
void append_undelivered(std::string& out, const Undelivered& undelivered);

}  // namespace chat
