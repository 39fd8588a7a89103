// Sources, numerics, pieces of long texts.
#include "chat-delivery/dialects/irc/irc_spelling.h"

#include "shared/records/answer.h"
#include "shared/records/message.h"
#include "shared/records/session.h"

#include <cstring>
#include <utility>

namespace chat::irc {

void append_source(const WriterContext& context, std::string& out, const Record& record, std::string_view nick) {
    out.append(nick);
    const auto slots = context.segment->slots();
    const bool speaks_irc =
        record.sender.slot < slots.size() && dialect_id(valid_row(slots[record.sender.slot]).dialect) == DialectId::irc;
    if (!speaks_irc) {
        out.append("!").append(std::to_string(record.sender_id)).append("@native");
        return;
    }
    const auto who = read_row(context.segment->irc()[record.sender.slot],
                              [](const IrcRow& row) { return std::pair(row.user, row.host); });
    out.append("!~").append(who.first.view()).append("@").append(who.second.view());
}

void begin_line(const WriterContext& context, std::string& out, const Record& record, std::string_view command) {
    out.push_back(':');
    if (record.session != 0)
        append_source(context, out, record, record.name);
    else
        out.append(context.server_name);  // or one of its operators
    append_param(out, command);
}

void begin_numeric(const WriterContext& context, std::string& out, int number, std::string_view nick) {
    out.append(":").append(context.server_name).append(" ").append(std::to_string(number));
    append_param(out, nick);
}

void append_from_nickserv(const WriterContext& context, std::string& out, const Record& record, std::string_view text) {
    out.append(":NickServ!NickServ@").append(context.server_name).append(" NOTICE");
    append_param(out, record.name);
    end_line(out, text);
}

bool hears(const WriterContext& context, std::uint32_t capability) noexcept {
    return (context.voice & capability) != 0;
}

// Of the record's sender; empty if it does not speak IRC.
std::optional<IrcRow> row_of_sender(const WriterContext& context, const Record& record) {
    if (record.sender.slot >= context.segment->irc().size()) return std::nullopt;
    const IrcRow row = copy_row(context.segment->irc()[record.sender.slot]);
    return row.generation == record.sender.generation ? std::optional(row) : std::nullopt;
}

// The row that an answer changes; empty: it changes none.
std::optional<IrcRow> irc_row_in(const Record& record) {
    const std::string_view bytes = records::DialectAnswer::of(record).row;
    if (bytes.size() != sizeof(IrcRow)) return std::nullopt;
    IrcRow row;
    std::memcpy(&row, bytes.data(), sizeof row);
    return row;
}

bool has_account(const Record& record) noexcept {
    switch (family_of(record.kind)) {
        case RecordFamily::message:
        case RecordFamily::relay:
            return records::Message::account_in(record) != 0;
        case RecordFamily::session:
            if (record.kind == RecordKind::renamed) return records::Renamed::of(record).account != 0;
            return record.kind == RecordKind::logged_in || record.is_of_account();
        case RecordFamily::room:
        case RecordFamily::group:
        case RecordFamily::file:
        case RecordFamily::operators:
        case RecordFamily::answer:
        case RecordFamily::watch:
        case RecordFamily::metadata:
        case RecordFamily::deletion:
            return record.is_of_account();
        case RecordFamily::none:
            break;
    }
    return false;
}

std::string_view reason_of(std::string_view text) noexcept {
    constexpr std::size_t longest_reason = 300;
    return take_piece(text, longest_reason);
}

std::string quit_text(const Record& record) {
    const auto departed = records::Departed::of(record);
    const std::string word(reason_of(departed.word));
    switch (departed.reason) {
        case LeaveReason::quit:
            return word.empty() ? "Quit" : "Quit: " + word;
        case LeaveReason::killed:
            return "Killed";
        case LeaveReason::timeout:
            return "Ping timeout";
        case LeaveReason::kicked:
            return "Kicked by the operator" + (word.empty() ? "" : " (" + word + ")");
        case LeaveReason::slow:
            return "Slow reader";
        case LeaveReason::shutdown:
            return "Server shutting down";
        case LeaveReason::no_memory:
            return "Out of memory";
        case LeaveReason::lost:
        case LeaveReason::none:
            break;
    }
    return "Connection reset";
}

}  // namespace chat::irc
