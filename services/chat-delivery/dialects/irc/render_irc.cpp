// Records as lines of IRC: what receivers get, and the sender's own lines that are not answers.
#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "shared/records/group.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/session.h"

namespace chat {
namespace irc {
namespace {

using records::SessionKind;

std::string channel_of_group(const Record& record) {
    return "&" + std::to_string(records::group_of(record));
}

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

// A long text becomes several lines. Their client shows them one after the other; none is cut.
void append_text(const WriterContext& context, std::string& out, const Record& record) {
    const TargetFields to = records::target_fields(record);
    const std::uint16_t form = records::Message::form_in(record);
    std::string begin;
    const bool is_notice = (form & message_form::notice) != 0 || to.scope == MessageScope::broadcast;
    begin_line(context, begin, record, is_notice ? "NOTICE" : "PRIVMSG");
    switch (to.scope) {
        case MessageScope::direct:
            append_param(begin, to.name);
            break;
        case MessageScope::room:
            append_param(begin, std::string(prefix_of(records::Message::audience_in(record))) + channel_of(to.name));
            break;
        case MessageScope::group:
            append_param(begin, "&" + std::string(to.name));
            break;
        case MessageScope::broadcast:
            append_param(begin, "$*");
            break;
    }
    const bool is_action = (form & message_form::action) != 0;
    const std::string_view before = is_action ? " :\x01"
                                                "ACTION "
                                              : " :";
    const std::string_view after = is_action ? "\x01" : "";
    std::string_view text = records::Message::of(record).text;
    const std::size_t most = longest_line - begin.size() - before.size() - after.size();
    do {
        const std::string_view piece = take_piece(text, most);
        out.append(begin).append(before).append(piece).append(after).append("\r\n");
    } while (!text.empty());
}

void append_rename(const WriterContext& context, std::string& out, const Record& record, std::string_view old_name) {
    if (old_name == record.name) return;
    out.push_back(':');
    append_source(context, out, record, old_name);
    append_param(out, "NICK");
    append_param(out, record.name);
    end_line(out);
}

void append_joined(const WriterContext& context, std::string& out, const Record& record, std::string_view channel) {
    begin_line(context, out, record, "JOIN");
    append_param(out, channel);
    end_line(out);
}

void append_left(const WriterContext& context, std::string& out, const Record& record, std::string_view channel,
                 std::string_view words) {
    begin_line(context, out, record, "PART");
    append_param(out, channel);
    if (words.empty())
        end_line(out);
    else
        end_line(out, reason_of(words));
}

void append_session_news(const WriterContext& context, std::string& out, const Record& record) {
    switch (records::session_kind(record)) {
        case SessionKind::online:  // of a native client: IRC clients are in the lobby if they receive this
            append_joined(context, out, record, "#lobby");
            return;
        case SessionKind::renamed:
            append_rename(context, out, record, records::Renamed::of(record).old_name);
            return;
        case SessionKind::logged_in:
            append_rename(context, out, record, records::LoggedIn::of(record).old_name);
            return;
        case SessionKind::departed:
            begin_line(context, out, record, "QUIT");
            end_line(out, quit_text(record));
            return;
        case SessionKind::connected:
        case SessionKind::closed:
        case SessionKind::quieted:
        case SessionKind::introduced:
        case SessionKind::kept_page:
        case SessionKind::seen:
            return;
    }
}

void append_room_news(const WriterContext& context, std::string& out, const Record& record) {
    switch (records::room_kind(record)) {
        case records::RoomKind::joined:
            append_joined(context, out, record, channel_of(records::Joined::of(record).room));
            return;
        case records::RoomKind::left: {
            const auto left = records::Left::of(record);
            append_left(context, out, record, channel_of(left.room), left.words);
            return;
        }
        case records::RoomKind::topic:
        case records::RoomKind::kicked:
        case records::RoomKind::modes_changed:
        case records::RoomKind::invited:
            append_room_rights(context, out, record);
            return;
        case records::RoomKind::rooms:
        case records::RoomKind::topic_shown:
            return;
    }
}

// What IRC has no line for is a notice in the group's window.
void append_notice(const WriterContext& context, std::string& out, const Record& record, std::string_view text) {
    begin_line(context, out, record, "NOTICE");
    append_param(out, channel_of_group(record));
    end_line(out, text);
}

void append_group_news(const WriterContext& context, std::string& out, const Record& record) {
    const std::string group = channel_of_group(record);
    switch (records::group_kind(record)) {
        case records::GroupKind::made:
            append_notice(context, out, record, "made this group; JOIN " + group + " accepts an invitation");
            return;
        case records::GroupKind::joined:
            append_joined(context, out, record, group);
            return;
        case records::GroupKind::left:
            append_left(context, out, record, group, {});
            return;
        case records::GroupKind::asked:
            append_notice(context, out, record, "asks to join this group");
            return;
        case records::GroupKind::declined:
            append_notice(context, out, record, "declined the invitation to this group");
            return;
        case records::GroupKind::approved:
            append_notice(context, out, record, "approved a request to join this group");
            return;
        case records::GroupKind::rejected:
            append_notice(context, out, record, "rejected a request to join this group");
            return;
        case records::GroupKind::admin:
            append_notice(context, out, record, "is now the admin of this group");
            return;
        case records::GroupKind::groups:
            return;
    }
}

void append_operator_news(const WriterContext& context, std::string& out, const Record& record) {
    if (record.kind != RecordKind::announcement) return;
    std::string_view text = records::Announcement::of(record).text;
    const std::string begin = ":" + context.server_name + " NOTICE $* :";
    do {
        out.append(begin).append(take_piece(text, longest_line - begin.size())).append("\r\n");
    } while (!text.empty());
}

std::string_view to_receivers(const WriterContext& context, const Record& record, std::string& out) {
    out.clear();
    switch (family_of(record.kind)) {
        case RecordFamily::message:
            append_text(context, out, record);
            break;
        case RecordFamily::session:
            append_session_news(context, out, record);
            break;
        case RecordFamily::room:
            append_room_news(context, out, record);
            break;
        case RecordFamily::group:
            append_group_news(context, out, record);
            break;
        case RecordFamily::operators:
            append_operator_news(context, out, record);
            break;
        case RecordFamily::file:
        case RecordFamily::answer:
        case RecordFamily::none:
            break;
    }
    return out;
}

// The text of a client that is away.
void append_away(const WriterContext& context, std::string& out, const Record& record, const TargetFields& to) {
    if (record.receivers.size() != 1 || record.receivers.front().slot >= context.segment->slots().size()) return;
    const IrcRow row = copy_row(context.segment->irc()[record.receivers.front().slot]);
    if (row.generation != record.receivers.front().generation || row.away.view().empty()) return;
    begin_numeric(context, out, 301, record.name);
    append_param(out, to.name);
    end_line(out, row.away.view());
}

void append_message_answer(const WriterContext& context, std::string& out, const Record& record, Outcome outcome) {
    const TargetFields to = records::target_fields(record);
    const bool is_notice = (records::Message::form_in(record) & message_form::notice) != 0;
    if (to.scope != MessageScope::direct) return;
    if (outcome == Outcome::discarded) {
        if (is_notice) return;
        begin_numeric(context, out, 401, record.name);
        append_param(out, to.name);
        end_line(out, "No such nick/channel");
        return;
    }
    if (outcome == Outcome::kept) {
        if (is_notice) return;
        begin_numeric(context, out, 301, record.name);
        append_param(out, to.name);
        end_line(out, "is away; the message was kept");
        return;
    }
    if (to.id == record.sender_id) append_text(context, out, record);  // it has written to itself
    if (!is_notice) append_away(context, out, record, to);
}

// Without a registration it has no nick: its name here is one that the server has chosen.
bool is_registered(const WriterContext& context, SlotId client) {
    const auto slots = context.segment->slots();
    return client.slot < slots.size() && valid_row(slots[client.slot]).is_unregistered == 0;
}

void append_login(const WriterContext& context, std::string& out, const Record& record) {
    if (record.tag == told_by_sasl) return;
    begin_numeric(context, out, 900, record.name);
    out.push_back(' ');
    append_source(context, out, record, record.name);
    append_param(out, record.name);
    end_line(out, "You are now logged in as " + std::string(record.name));
    if (records::LoggedIn::of(record).registered)
        append_from_nickserv(context, out, record, "The nick " + std::string(record.name) + " is yours now");
}

void append_own_news(const WriterContext& context, std::string& out, const Record& record) {
    switch (records::session_kind(record)) {
        case SessionKind::introduced:
            append_lines(context, out, record, records::Introduced::of(record).lines);
            return;
        case SessionKind::departed: {
            if (records::Departed::of(record).broken) return;
            out.append("ERROR :Closing Link: ")
                .append(is_registered(context, record.sender) ? record.name : "*")
                .append(" (")
                .append(quit_text(record))
                .append(")\r\n");
            return;
        }
        case SessionKind::renamed:
            append_session_news(context, out, record);
            return;
        case SessionKind::logged_in:
            append_session_news(context, out, record);
            append_login(context, out, record);
            return;
        case SessionKind::connected:
        case SessionKind::online:
        case SessionKind::closed:
        case SessionKind::quieted:
        case SessionKind::kept_page:  // only messages
        case SessionKind::seen:
            return;
    }
}

std::string_view to_sender(const WriterContext& context, const Record& record, Outcome outcome, std::string& out) {
    out.clear();
    switch (family_of(record.kind)) {
        case RecordFamily::message:
            append_message_answer(context, out, record, outcome);
            break;
        case RecordFamily::session:
            append_own_news(context, out, record);
            break;
        case RecordFamily::room:
            if (record.kind == RecordKind::invited)
                append_inviting(context, out, record);
            else
                append_room_news(context, out, record);
            break;
        case RecordFamily::group:
            append_group_news(context, out, record);
            break;
        case RecordFamily::answer:
            append_answer(context, out, record);
            break;
        case RecordFamily::file:
        case RecordFamily::operators:
        case RecordFamily::none:
            break;
    }
    return out;
}

void offer_file(const WriterContext& context, std::string& out, const Record& record,
                const records::FileOffered& offered, const Ticket& /*ticket*/, std::string_view nick) {
    begin_line(context, out, record, "NOTICE");
    append_param(out, nick);
    end_line(out, "offers the file " + std::string(offered.file.name) + " (" + std::to_string(offered.size) +
                      " bytes), which needs a native client");
}

void undelivered(const WriterContext& context, std::string& out, const Undelivered& lost, std::string_view nick) {
    out.append(":").append(context.server_name).append(" NOTICE");
    append_param(out, nick);
    end_line(out, std::string(lost.is_file ? "A file" : "A message") + " to " + std::string(lost.name) +
                      (lost.is_kept ? " was kept" : " was not delivered"));
}

void kept_message(const WriterContext& /*context*/, std::string& out, const HistoryInfo& message, std::uint32_t /*to*/,
                  std::string_view nick) {
    const bool is_action = message.form == "action";
    const std::string begin = ":" + std::string(message.name) + "!" + std::to_string(message.from) + "@native " +
                              (message.form == "notice" ? "NOTICE " : "PRIVMSG ") + std::string(nick) + " :" +
                              (is_action ? "\x01"
                                           "ACTION "
                                         : "");
    const std::string_view end = is_action ? "\x01\r\n" : "\r\n";
    std::string_view text = message.text;
    do {
        out.append(begin).append(take_piece(text, longest_line - begin.size() - 1)).append(end);
    } while (!text.empty());
}

std::string farewell(std::uint32_t /*client_id*/, std::string_view name) {
    return "ERROR :Closing Link: " + std::string(name) + " (Server shutting down)\r\n";
}

}  // namespace
}  // namespace irc

constinit const DialectWriter irc_writer{irc::to_receivers, irc::to_sender,    irc::offer_file,
                                         irc::undelivered,  irc::kept_message, irc::farewell};

}  // namespace chat
