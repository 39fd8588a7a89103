// Lines about clients: welcome, announcement, renaming, and departure.
#pragma once

#include "shared/records/record.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

// The lines for the receivers and the sender of a session record; none for other records.
void append_session_news(std::string& out, const Record& record);
void append_session_answer(std::string& out, const Record& record);

// The last line to a client when the server shuts down.
[[nodiscard]] std::string render_shutdown(std::uint32_t client_id, std::string_view name);

}  // namespace chat
