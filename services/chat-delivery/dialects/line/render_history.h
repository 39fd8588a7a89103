// Renders pages of history, and other messages that come late.
#pragma once

#include "shared/records/history.h"
#include "shared/records/record.h"

#include <cstdint>
#include <string>

namespace chat {

// The rows of a page and its closing line.
void append_history(std::string& out, const Record& record);
void append_unread(std::string& out, const Record& record);
// A message that was kept, for the client `to`.
void append_kept_message(std::string& out, const HistoryInfo& message, std::uint32_t to);

}  // namespace chat
