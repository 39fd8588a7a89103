// What a client is spoken to in: how records become lines. Which dialect that is, the record `connected` says, and the
// client's row after it. The acceptor has the other half: chat-acceptor/dialects/dialect.h.
//
// To add a dialect: a folder beside this file with a `DialectWriter`, and its row below. Dialects never
// include each other.
#pragma once

#include "shared/records/dialect_id.h"
#include "shared/records/file.h"
#include "shared/records/record.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

// What became of a direct message.
enum class Outcome : std::uint8_t { accepted, discarded };

// A message to a client alone, or a file, that never left.
struct Undelivered {
    std::uint64_t id;      // of the message or file
    std::uint32_t to = 0;  // client id of the receiver
    std::string_view name = {};
    std::string_view tag = {};
    bool is_file = false;
};

struct DialectWriter {
    // The lines that the receivers of a record get, and those that its sender gets; empty where there are none. They
    // replace what is in `out`.
    std::string_view (*to_receivers)(const Record& record, std::string& out);
    std::string_view (*to_sender)(const Record& record, Outcome outcome, std::string& out);
    // Appends what one receiver of a file gets, with its own ticket; or a notice to a sender.
    void (*offer_file)(std::string& out, const Record& record, const records::FileOffered& offered,
                       const Ticket& ticket);
    void (*undelivered)(std::string& out, const Undelivered& undelivered);
    // A client's own last line when the server shuts down.
    std::string (*farewell)(std::uint32_t client_id, std::string_view name);
};

extern const DialectWriter line_writer;

[[nodiscard]] inline const DialectWriter& writer_of(DialectId id) noexcept {
    switch (id) {
        case DialectId::line:
            break;
    }
    return line_writer;
}

}  // namespace chat
