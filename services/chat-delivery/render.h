// The spelling of everything the server says (protocol): a record becomes lines. Nothing here knows who reads them.
#pragma once

#include "shared/record.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

// The line that the receivers of a record get; empty where they get none.
[[nodiscard]] std::string_view render_for_receivers(const Record& record, std::string& out);

// What became of a direct message.
enum class Outcome : std::uint8_t { accepted, discarded };

// The lines that the sender of a record gets; empty where it gets none.
[[nodiscard]] std::string_view render_for_sender(const Record& record, Outcome outcome, std::string& out);

// The notice that a message, or a file, never left. Appended to `out`.
void append_undelivered(std::string& out, std::uint64_t id, std::uint32_t to, std::string_view name,
                        std::string_view tag, std::string_view what = "message");

}  // namespace chat
