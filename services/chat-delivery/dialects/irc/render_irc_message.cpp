// Messages as lines of IRC, for their receivers and for their sender, and what becomes of those that were not received.
#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "chat-delivery/dialects/irc/irc_tags.h"
#include "chat-delivery/dialects/irc/irc_text.h"
#include "shared/memory/irc_table.h"
#include "shared/records/deletion.h"
#include "shared/records/joints.h"
#include "shared/records/message.h"

#include <optional>
#include <string>

namespace chat::irc {
namespace {

// STATUSMSG: for some of the members of a channel.
std::string_view prefix_of(MessageAudience audience) noexcept {
    switch (audience) {
        case MessageAudience::operators:
            return "@";
        case MessageAudience::voiced:
            return "+";
        case MessageAudience::members:
            break;
    }
    return {};
}

bool is_shown(std::uint16_t form) noexcept {
    return (form & message_form::tags_only) == 0;
}

// The text of a client that is away.
void append_away(const WriterContext& context, std::string& out, const Record& record, const TargetFields& to) {
    if (record.receivers.size() != 1 || record.receivers.front().slot >= context.segment->slots().size()) return;
    const SlotId receiver = record.receivers.front();
    const auto away = read_row(context.segment->irc()[receiver.slot], [receiver](const IrcRow& row) {
        const bool is_away = row.generation == receiver.generation && row.away.size > 0;
        return is_away ? std::optional(row.away) : std::nullopt;
    });
    if (!away) return;
    begin_numeric(context, out, 301, record.name);
    append_param(out, to.name);
    end_line(out, away->view());
}

// Lines that are not those of a record's text have no other tag.
void append_time_tag(const WriterContext& context, std::string& out, Microseconds at) {
    if (!hears(context, irc_capability::server_time)) return;
    Tags tags;
    tags.add_time(at);
    tags.append_to(out);
}

void append_target(std::string& out, const Record& record, const TargetFields& to) {
    switch (to.scope) {
        case MessageScope::direct:
            append_param(out, to.name);
            return;
        case MessageScope::room:
            append_param(out, prefix_of(records::Message::audience_in(record)));
            out.append("#").append(to.name);
            return;
        case MessageScope::group:
            out.append(" &").append(to.name);
            return;
        case MessageScope::broadcast:
            break;
    }
    append_param(out, "$*");
}

std::string beginning_of(const WriterContext& context, const Record& record, std::string_view command,
                         const TargetFields& to) {
    std::string begin;
    begin.reserve(longest_line);
    begin_line(context, begin, record, command);
    append_target(begin, record, to);
    return begin;
}

}  // namespace

void append_text(const WriterContext& context, std::string& out, const Record& record) {
    const TargetFields to = records::target_fields(record);
    const std::uint16_t form = records::Message::form_in(record);
    if (!is_shown(form)) {
        out.append(beginning_of(context, record, "TAGMSG", to)).append("\r\n");
        return;
    }
    const bool is_notice = (form & message_form::notice) != 0 || to.scope == MessageScope::broadcast;
    const bool is_action = (form & message_form::action) != 0;
    const std::string_view text = records::Message::text_in(record);
    const std::string_view tags = records::Message::tags_in(record);
    const std::string begin = beginning_of(context, record, is_notice ? "NOTICE" : "PRIVMSG", to);
    constexpr std::size_t mark = 2;  // ` :`
    const bool is_one_line = tags.empty() && !is_action && begin.size() + mark + text.size() <= longest_line &&
                             text.find('\n') == std::string_view::npos;
    if (is_one_line) {  // as most are
        out.append(begin);
        end_line(out, text);
        return;
    }
    append_lines_of_text(context, out,
                         {.begin = begin,
                          .opening = beginning_of(context, record, opens_lines, to),
                          .text = text,
                          .is_action = is_action,
                          .joints = records::joints_in(tags)});
}

void append_deletion(const WriterContext& context, std::string& out, const Record& record) {
    if (!hears(context, irc_capability::message_redaction)) return;
    const auto deleted = records::Deleted::of(record);
    begin_line(context, out, record, "REDACT");
    append_target(out, record, fields_of(deleted.to));
    out.push_back(' ');
    append_message_id(out, *context.segment, deleted.id);
    if (deleted.reason.empty())
        end_line(out);
    else
        end_line(out, reason_of(deleted.reason));
}

void append_deletion_answer(const WriterContext& context, std::string& out, const Record& record) {
    const auto deleted = records::Deleted::of(record);
    const bool is_to_self = fields_of(deleted.to).id == record.sender_id;
    if (is_to_self || hears(context, irc_capability::echo_message)) append_deletion(context, out, record);
}

void append_message_answer(const WriterContext& context, std::string& out, const Record& record, Outcome outcome) {
    const TargetFields to = records::target_fields(record);
    const std::uint16_t form = records::Message::form_in(record);
    const bool is_answered = (form & (message_form::notice | message_form::tags_only)) == 0;
    const bool has_echo = hears(context, irc_capability::echo_message) &&
                          (is_shown(form) || hears(context, irc_capability::message_tags));
    if (to.scope != MessageScope::direct) {
        if (has_echo) append_text(context, out, record);
        return;
    }
    if (outcome == Outcome::discarded) {
        if ((form & message_form::notice) != 0) return;
        begin_numeric(context, out, 401, record.name);
        append_param(out, to.name);
        end_line(out, "No such nick/channel");
        return;
    }
    if (outcome == Outcome::kept && is_answered) {
        begin_numeric(context, out, 301, record.name);
        append_param(out, to.name);
        end_line(out, "is away; the message was kept");
    }
    if (outcome == Outcome::accepted && is_answered) append_away(context, out, record, to);
    const bool is_heard = is_shown(form) || hears(context, irc_capability::message_tags);
    if (to.id == record.sender_id && outcome == Outcome::accepted && is_heard)
        append_text(context, out, record);  // it has written to itself
    if (has_echo) append_text(context, out, record);
}

void offer_file(const WriterContext& context, std::string& out, const Record& record,
                const records::FileOffered& offered, const Ticket& /*ticket*/, std::string_view nick) {
    append_time_tag(context, out, context.at);
    begin_line(context, out, record, "NOTICE");
    append_param(out, nick);
    end_line(out, "offers the file " + std::string(offered.file.name) + " (" + std::to_string(offered.size) +
                      " bytes), which needs a native client");
}

void undelivered(const WriterContext& context, std::string& out, const Undelivered& lost, std::string_view nick) {
    append_time_tag(context, out, context.at);
    out.append(":").append(context.server_name).append(" NOTICE");
    append_param(out, nick);
    end_line(out, std::string(lost.is_file ? "A file" : "A message") + " to " + std::string(lost.name) +
                      (lost.is_kept ? " was kept" : " was not delivered"));
}

void kept_message(const WriterContext& context, std::string& out, const HistoryInfo& message, std::uint32_t /*to*/,
                  std::string_view nick) {
    const std::string source = ":" + std::string(message.name) + "!" + std::to_string(message.from) + "@native ";
    const std::string target = " " + std::string(nick);
    std::string first_tags;
    std::string further_tags;
    tags_of(context, message).append_to(first_tags);
    append_time_tag(context, further_tags, message.at);
    append_lines_of_text(context, out,
                         {.begin = source + (message.form == "notice" ? "NOTICE" : "PRIVMSG") + target,
                          .opening = source + std::string(opens_lines) + target,
                          .text = message.text,
                          .is_action = message.form == "action",
                          .first_tags = first_tags,
                          .further_tags = further_tags});
}

}  // namespace chat::irc
