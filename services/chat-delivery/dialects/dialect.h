// The writing half of a dialect: how records become lines. The record `connected` names a client's dialect, and then
// the client's row. The acceptor has the reading half: chat-acceptor/dialects/dialect.h.
//
// To add a dialect: a folder next to this file with a `DialectWriter`, and its row below. Dialects never include each
// other.
#pragma once

#include "shared/records/dialect_id.h"
#include "shared/records/file.h"
#include "shared/records/history.h"
#include "shared/records/message.h"
#include "shared/records/record.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

// The outcome of a direct message.
enum class Outcome : std::uint8_t { accepted, discarded, kept };

// A direct message or a file that was never sent, or a message that is kept because it was not.
struct Undelivered {
    std::uint64_t id;      // of the message or file
    std::uint32_t to = 0;  // client id of the receiver
    std::string_view name = {};
    std::string_view tag = {};
    bool is_file = false;
    bool is_kept = false;
    records::KeepRefusal refusal = records::KeepRefusal::none;
};

struct DialectWriter {
    // The lines for a record's receivers, and those for its sender; empty if there are none. They replace the contents
    // of `out`.
    std::string_view (*to_receivers)(const Record& record, std::string& out);
    std::string_view (*to_sender)(const Record& record, Outcome outcome, std::string& out);
    // Appends the offer for one receiver of a file, with its own ticket; or the notice to a sender.
    void (*offer_file)(std::string& out, const Record& record, const records::FileOffered& offered,
                       const Ticket& ticket);
    void (*undelivered)(std::string& out, const Undelivered& undelivered);
    // Appends a message that was kept for the account of the client `to`.
    void (*kept_message)(std::string& out, const HistoryInfo& message, std::uint32_t to);
    // The last line to a client when the server shuts down.
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
