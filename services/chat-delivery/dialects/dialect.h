// The writing half of a dialect: how records become lines. The record `connected` names a client's dialect, and then
// the client's row. The acceptor has the reading half: chat-acceptor/dialects/dialect.h.
//
// To add a dialect: a folder next to this file with a `DialectWriter`, and its row below. Dialects never include each
// other.
#pragma once

#include "shared/memory/segment.h"
#include "shared/records/dialect_id.h"
#include "shared/records/file.h"
#include "shared/records/history.h"
#include "shared/records/message.h"
#include "shared/records/record.h"

#include <cstdint>
#include <optional>
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

// What a writer may look at besides the record.
struct WriterContext {
    const Segment* segment;
    std::string server_name;  // for IRC
    std::uint64_t voice = 0;  // of the client that the lines are for: OutboxEnd::voice
    Microseconds at = 0;      // time of the record, where there is none
};

struct DialectWriter {
    // The lines for a record's receivers, and those for its sender; empty if there are none. They replace the contents
    // of `out`.
    std::string_view (*to_receivers)(const WriterContext& context, const Record& record, std::string& out);
    std::string_view (*to_sender)(const WriterContext& context, const Record& record, Outcome outcome,
                                  std::string& out);
    // Appends the offer for one receiver of a file, with its own ticket; or the notice to a sender. `nick` is the
    // name of the client that receives the line.
    void (*offer_file)(const WriterContext& context, std::string& out, const Record& record,
                       const records::FileOffered& offered, const Ticket& ticket, std::string_view nick);
    void (*undelivered)(const WriterContext& context, std::string& out, const Undelivered& undelivered,
                        std::string_view nick);
    // Appends a message that was kept for the account of the client `to`, whose name is `nick`.
    void (*kept_message)(const WriterContext& context, std::string& out, const HistoryInfo& message, std::uint32_t to,
                         std::string_view nick);
    // The voice of the sender after the record; empty: as before.
    std::optional<std::uint64_t> (*voice_after)(const Record& record);
    // The part of a voice that decides how lines for receivers are spelled.
    std::uint64_t heard_by_receivers;
    // The last line to a client when the server shuts down.
    std::string (*farewell)(std::uint32_t client_id, std::string_view name);
};

extern const DialectWriter line_writer;
extern const DialectWriter irc_writer;

[[nodiscard]] inline const DialectWriter& writer_of(DialectId id) noexcept {
    switch (id) {
        case DialectId::line:
            break;
        case DialectId::irc:
            return irc_writer;
    }
    return line_writer;
}

}  // namespace chat
