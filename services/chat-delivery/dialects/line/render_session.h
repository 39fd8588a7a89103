// The lines about clients: who is welcomed, announced, renamed, and leaves.
#pragma once

#include "shared/records/record.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

// What the receivers and the sender of a record about a session get; nothing for a record of another kind.
void append_session_news(std::string& out, const Record& record);
void append_session_answer(std::string& out, const Record& record);

// A client's own last line when the server shuts down.
[[nodiscard]] std::string render_shutdown(std::uint32_t client_id, std::string_view name);

}  // namespace chat
