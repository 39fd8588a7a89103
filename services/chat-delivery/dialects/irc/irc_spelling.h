// Building blocks of IRC lines.
#pragma once

#include "chat-delivery/dialects/dialect.h"
#include "shared/memory/irc_table.h"
#include "shared/records/record.h"
#include "shared/text/text_rules.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat::irc {

inline constexpr std::size_t longest_line = 510;  // without its line end

// Appends `nick!user@host` of the record's sender; a native client is name!id@native.
void append_source(const WriterContext& context, std::string& out, const Record& record, std::string_view nick);
// `:source COMMAND`; without a session the source is the server.
void begin_line(const WriterContext& context, std::string& out, const Record& record, std::string_view command);
// `:server NNN nick`
void begin_numeric(const WriterContext& context, std::string& out, int number, std::string_view nick);
[[nodiscard]] inline std::string channel_of(std::string_view room) {
    return "#" + std::string(room);
}
inline void append_param(std::string& out, std::string_view param) {
    out.append(" ").append(param);
}
inline void end_line(std::string& out) {
    out.append("\r\n");
}
inline void end_line(std::string& out, std::string_view text) {
    out.append(" :").append(text).append("\r\n");
}

// What of a reason fits into a line, whatever its source is.
[[nodiscard]] std::string_view reason_of(std::string_view text) noexcept;
// Why a client left, in IRC's words.
[[nodiscard]] std::string quit_text(const Record& record);

// Is the sender logged in, after the record? Then its name is that of the account.
[[nodiscard]] bool has_account(const Record& record) noexcept;
// Has the client that the lines are for asked for this capability?
[[nodiscard]] bool hears(const WriterContext& context, std::uint32_t capability) noexcept;
// Of the record's sender; empty if it does not speak IRC.
[[nodiscard]] std::optional<IrcRow> row_of_sender(const WriterContext& context, const Record& record);
// The row that an answer changes; empty: it changes none.
[[nodiscard]] std::optional<IrcRow> irc_row_in(const Record& record);
// A notice of NickServ to the sender of the record.
void append_from_nickserv(const WriterContext& context, std::string& out, const Record& record, std::string_view text);

// render_irc_message.cpp
void append_text(const WriterContext& context, std::string& out, const Record& record);
void append_message_answer(const WriterContext& context, std::string& out, const Record& record, Outcome outcome);
// REDACT, for a client that has asked for it.
void append_deletion(const WriterContext& context, std::string& out, const Record& record);
// The same for the one who has deleted the message.
void append_deletion_answer(const WriterContext& context, std::string& out, const Record& record);
void offer_file(const WriterContext& context, std::string& out, const Record& record,
                const records::FileOffered& offered, const Ticket& ticket, std::string_view nick);
void undelivered(const WriterContext& context, std::string& out, const Undelivered& lost, std::string_view nick);
void kept_message(const WriterContext& context, std::string& out, const HistoryInfo& message, std::uint32_t to,
                  std::string_view nick);

// render_irc_rights.cpp: TOPIC, KICK and MODE, which the one who did it receives as well, and
// INVITE, of which the one who invites receives 341.
void append_room_rights(const WriterContext& context, std::string& out, const Record& record);
void append_inviting(const WriterContext& context, std::string& out, const Record& record);

// render_irc_metadata.cpp
void append_metadata(const WriterContext& context, std::string& out, const Record& record);

// render_irc_answer.cpp
void append_answer(const WriterContext& context, std::string& out, const Record& record);
void append_lines(const WriterContext& context, std::string& out, const Record& record, std::string_view lines);

}  // namespace chat::irc
