// Renders messages and announcements; everything else is rendered in the files of its family.
#include "chat-delivery/dialects/line/render.h"

#include "chat-delivery/dialects/line/render_answer.h"
#include "chat-delivery/dialects/line/render_file.h"
#include "chat-delivery/dialects/line/render_group.h"
#include "chat-delivery/dialects/line/render_history.h"
#include "chat-delivery/dialects/line/render_room.h"
#include "chat-delivery/dialects/line/render_session.h"
#include "chat-delivery/dialects/line/spelling.h"
#include "shared/memory/irc_table.h"
#include "shared/records/deletion.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/text/formatting.h"

namespace chat {
namespace {

// Of a message that not all members of the room receive.
std::string_view word_of_audience(std::uint32_t audience) noexcept {
    return static_cast<MessageAudience>(audience) == MessageAudience::operators ? " only=operators" : " only=voiced";
}

void append_message(std::string& out, const Record& record) {
    const TargetFields to = records::target_fields(record);
    const std::string_view text = records::Message::of(record).text;
    const std::uint16_t form = records::Message::form_in(record);
    if ((form & message_form::ctcp) != 0) return;  // between the programs of IRC clients
    constexpr std::size_t words =
        std::string_view("message id= from= name= account=yes to=group: only=operators at= as=action :\n").size();
    Pieces line(out, words + 3 * Pieces::max_digits + time_size + record.name.size() + to.name.size() + text.size());
    line.text("message id=");
    line.number(record.sequence);
    line.text(" from=");
    line.number(record.sender_id);
    line.text(" name=");
    line.text(record.name);
    if (records::Message::account_in(record) != 0) line.text(" account=yes");
    switch (to.scope) {
        case MessageScope::direct:
            line.text(" to=");
            line.number(to.id);
            break;
        case MessageScope::room:
            line.text(" to=room:");
            line.text(to.name);
            if (to.id != 0) line.text(word_of_audience(to.id));
            break;
        case MessageScope::group:
            line.text(" to=group:");
            line.text(to.name);
            break;
        case MessageScope::broadcast:
            line.text(" to=all");
            break;
    }
    line.text(" at=");
    line.time(record.at);
    if ((form & message_form::action) != 0) line.text(" as=action");
    if ((form & message_form::notice) != 0) line.text(" as=notice");
    line.text(" :");
    if ((form & message_form::formatted) != 0)
        line.text(without_formatting(text));
    else
        line.text(text);
    line.text("\n");
}

void append_message_answer(std::string& out, const Record& record, Outcome outcome) {
    if (outcome != Outcome::accepted) {
        const TargetFields to = records::target_fields(record);
        append_undelivered(out, {.id = record.sequence,
                                 .to = to.id,
                                 .name = to.name,
                                 .tag = record.tag,
                                 .is_kept = outcome == Outcome::kept,
                                 .refusal = records::Message::refusal_in(record)});
    }
    if (outcome != Outcome::discarded && !record.tag.empty()) {
        out += "ok";
        append_tag(out, record.tag);
        append_field(out, "id", record.sequence);
        if (outcome == Outcome::kept) append_field(out, "kept", "yes");
        end_line(out);
    }
}

void append_deletion(std::string& out, const Record& record) {
    const auto deleted = records::Deleted::of(record);
    const TargetFields to = fields_of(deleted.to);
    out += "deleted";
    append_field(out, "id", deleted.id);
    switch (to.scope) {
        case MessageScope::direct:
            append_field(out, "to", to.id);
            break;
        case MessageScope::room:
        case MessageScope::group:
            append_field(out, "to", word_of(to.scope));
            out.append(":").append(to.name);
            break;
        case MessageScope::broadcast:
            append_field(out, "to", "all");
            break;
    }
    append_field(out, "by", record.name);
    if (deleted.reason.empty())
        end_line(out);
    else
        end_line(out, without_formatting(deleted.reason));
}

// The receiver of a direct message is away. Its row may have changed since.
void append_away(const WriterContext& context, const Record& record, std::string& out) {
    const TargetFields to = records::target_fields(record);
    if (record.receivers.size() != 1 || record.receivers.front().slot >= context.segment->irc().size()) return;
    const IrcRow row = copy_row(context.segment->irc()[record.receivers.front().slot]);
    if (row.generation != record.receivers.front().generation || row.away.view().empty()) return;
    out += "away";
    append_field(out, "id", to.id);
    append_field(out, "name", to.name);
    const std::string_view text = row.away.view();
    if (has_formatting(text))
        end_line(out, without_formatting(text));
    else
        end_line(out, text);
}

void append_kept(std::string& out, const Undelivered& message) {
    out += "kept";
    append_field(out, "id", message.id);
    append_field(out, "name", message.name);
    append_tag(out, message.tag);
    out.append(" :").append(message.name).append(" is away; the message was kept.\n");
}

// `to` is the id of the account's last session, or, if it is no longer known, the account's name.
void append_not_kept(std::string& out, const Undelivered& message) {
    out += "undelivered";
    append_field(out, "id", message.id);
    if (message.to != 0)
        append_field(out, "to", message.to);
    else
        append_field(out, "to", message.name);
    append_field(out, "name", message.name);
    append_field(out, "reason", word_of(message.refusal));
    append_tag(out, message.tag);
    out.append(" :").append(message.name).append(" is away");
    switch (message.refusal) {
        case records::KeepRefusal::full:
            out += ", and too many messages wait";
            break;
        case records::KeepRefusal::busy:
            out += ", and the server cannot keep messages at the moment";
            break;
        case records::KeepRefusal::none:
        case records::KeepRefusal::away:
            break;
    }
    out += "; the message was discarded.\n";
}

void append_operator_news(std::string& out, const Record& record) {
    switch (records::operator_kind(record)) {
        case records::OperatorKind::announcement:
            out += "announcement";
            append_field(out, "id", record.sequence);
            out += " at=";
            append_time(out, record.at);
            end_line(out, records::Announcement::of(record).text);
            return;
        case records::OperatorKind::note:
        case records::OperatorKind::forget:
        case records::OperatorKind::room_set:
        case records::OperatorKind::kept_ended:
            return;
    }
}

}  // namespace

constinit const DialectWriter line_writer{
    [](const WriterContext& /*context*/, const Record& record, std::string& out) {
        return render_for_receivers(record, out);
    },
    [](const WriterContext& context, const Record& record, Outcome outcome, std::string& out) {
        (void)render_for_sender(record, outcome, out);
        if (records::tells_away(record) && outcome == Outcome::accepted) append_away(context, record, out);
        return std::string_view(out);
    },
    [](const WriterContext& /*context*/, std::string& out, const Record& record, const records::FileOffered& offered,
       const Ticket& ticket, std::string_view /*nick*/) { append_file(out, record, offered, ticket); },
    [](const WriterContext& /*context*/, std::string& out, const Undelivered& undelivered, std::string_view /*nick*/) {
        append_undelivered(out, undelivered);
    },
    [](const WriterContext& /*context*/, std::string& out, const HistoryInfo& message, std::uint32_t to,
       std::string_view /*nick*/) {
        const std::string plain = without_formatting(message.text);
        HistoryInfo shown = message;
        shown.text = plain;
        append_kept_message(out, shown, to);
    },
    [](const Record& /*record*/) { return std::optional<std::uint64_t>(); },
    0,
    render_shutdown};

void append_undelivered(std::string& out, const Undelivered& undelivered) {
    if (undelivered.is_kept) return append_kept(out, undelivered);
    if (undelivered.refusal != records::KeepRefusal::none) return append_not_kept(out, undelivered);
    out += "undelivered";
    append_field(out, "id", undelivered.id);
    append_field(out, "to", undelivered.to);
    append_field(out, "reason", "disconnected");
    append_tag(out, undelivered.tag);
    out += " :";
    append_number(out, undelivered.to);
    out.append(" (").append(undelivered.name).append(") is now disconnected; the ");
    out.append(undelivered.is_file ? "file" : "message").append(" was discarded.\n");
}

std::string_view render_for_receivers(const Record& record, std::string& out) {
    out.clear();
    switch (family_of(record.kind)) {
        case RecordFamily::message:
            append_message(out, record);
            break;
        case RecordFamily::session:
            append_session_news(out, record);
            break;
        case RecordFamily::room:
            append_room_news(out, record);
            break;
        case RecordFamily::group:
            append_group_news(out, record);
            break;
        case RecordFamily::operators:
            append_operator_news(out, record);
            break;
        case RecordFamily::deletion:
            append_deletion(out, record);
            break;
        case RecordFamily::file:  // each receiver gets its own line, see FanOut
        case RecordFamily::answer:
        case RecordFamily::relay:
        case RecordFamily::watch:
        case RecordFamily::metadata:
        case RecordFamily::none:
            break;
    }
    return out;
}

std::string_view render_for_sender(const Record& record, Outcome outcome, std::string& out) {
    out.clear();
    switch (family_of(record.kind)) {
        case RecordFamily::message:
            append_message_answer(out, record, outcome);
            break;
        case RecordFamily::session:
            append_session_answer(out, record);
            break;
        case RecordFamily::room:
            append_room_answer(out, record);
            break;
        case RecordFamily::group:
            append_group_answer(out, record);
            break;
        case RecordFamily::file:
            append_file_answer(out, record);
            break;
        case RecordFamily::answer:
            append_answer(out, record);
            break;
        case RecordFamily::deletion:
            append_plain_ok(out, record.tag);
            break;
        case RecordFamily::operators:  // operators are not clients
        case RecordFamily::relay:      // only among IRC clients
        case RecordFamily::watch:
        case RecordFamily::metadata:
        case RecordFamily::none:
            break;
    }
    return out;
}

}  // namespace chat
