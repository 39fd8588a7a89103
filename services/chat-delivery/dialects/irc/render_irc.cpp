// Records as lines of IRC: what receivers get, and the sender's own lines that are not answers.
#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "chat-delivery/dialects/irc/irc_tags.h"
#include "shared/memory/irc_table.h"
#include "shared/records/answer.h"
#include "shared/records/command_tag.h"
#include "shared/records/group.h"
#include "shared/records/message.h"
#include "shared/records/metadata.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/session.h"
#include "shared/records/watch.h"

#include <cstring>
#include <optional>
#include <utility>

namespace chat {
namespace irc {
namespace {

using records::SessionKind;

std::string channel_of_group(const Record& record) {
    return "&" + std::to_string(records::group_of(record));
}

void append_rename(const WriterContext& context, std::string& out, const Record& record, std::string_view old_name) {
    if (old_name == record.name) return;
    out.push_back(':');
    append_source(context, out, record, old_name);
    append_param(out, "NICK");
    end_line(out, record.name);  // ii takes the new nick only from a last parameter with a colon
}

void append_account(const WriterContext& context, std::string& out, const Record& record, std::string_view account) {
    if (!hears(context, irc_capability::account_notify)) return;
    begin_line(context, out, record, "ACCOUNT");
    append_param(out, account);
    end_line(out);
}

void append_joined(const WriterContext& context, std::string& out, const Record& record, std::string_view channel) {
    begin_line(context, out, record, "JOIN");
    append_param(out, channel);
    const bool tells_more = hears(context, irc_capability::extended_join | irc_capability::away_notify);
    const auto row = tells_more ? row_of_sender(context, record) : std::nullopt;
    if (hears(context, irc_capability::extended_join)) {
        append_param(out, has_account(record) ? record.name : "*");
        end_line(out, row ? row->real_name.view() : record.name);
    } else {
        end_line(out);
    }
    if (!hears(context, irc_capability::away_notify) || !row || row->away.view().empty()) return;
    begin_line(context, out, record, "AWAY");
    end_line(out, row->away.view());
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

// MARKREAD, in all sessions of the account that have asked for it.
void append_marker(const WriterContext& context, std::string& out, const Record& record) {
    const auto seen = records::Seen::of(record);
    if (seen.at == 0 || !hears(context, irc_capability::read_marker)) return;
    constexpr std::string_view of_room = "room:";
    const bool is_room = seen.place.starts_with(of_room);
    out.append(":").append(context.server_name).append(" MARKREAD");
    append_param(out, is_room ? channel_of(seen.place.substr(of_room.size())) : std::string(seen.place));
    append_param(out, "timestamp=" + time_text(seen.at));
    end_line(out);
}

void append_session_news(const WriterContext& context, std::string& out, const Record& record) {
    switch (records::session_kind(record)) {
        case SessionKind::online:  // of a native client: IRC clients are in the lobby if they receive this
            append_joined(context, out, record, "#lobby");
            return;
        case SessionKind::renamed:
            append_rename(context, out, record, records::Renamed::of(record).old_name);
            if (records::Renamed::of(record).loses_account) append_account(context, out, record, "*");
            return;
        case SessionKind::logged_in:
            append_rename(context, out, record, records::LoggedIn::of(record).old_name);
            append_account(context, out, record, record.name);
            return;
        case SessionKind::departed:
            begin_line(context, out, record, "QUIT");
            end_line(out, quit_text(record));
            return;
        case SessionKind::seen:
            append_marker(context, out, record);
            return;
        case SessionKind::connected:
        case SessionKind::closed:
        case SessionKind::quieted:
        case SessionKind::introduced:
        case SessionKind::kept_page:
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

// What others learn of a client's row.
void append_row_news(const WriterContext& context, std::string& out, const Record& record) {
    if (record.kind != RecordKind::dialect_answer) return;
    const auto answer = records::DialectAnswer::of(record);
    if (static_cast<IrcNews>(answer.news) == IrcNews::wallops) return append_lines(context, out, record, answer.lines);
    const auto row = irc_row_in(record);
    if (!row) return;
    switch (static_cast<IrcNews>(answer.news)) {
        case IrcNews::away:
            if (!hears(context, irc_capability::away_notify)) return;
            begin_line(context, out, record, "AWAY");
            if (row->away.view().empty())
                end_line(out);
            else
                end_line(out, row->away.view());
            return;
        case IrcNews::real_name:
            if (!hears(context, irc_capability::setname)) return;
            begin_line(context, out, record, "SETNAME");
            end_line(out, row->real_name.view());
            return;
        case IrcNews::wallops:
        case IrcNews::none:
            return;
    }
}

// One line for all who watch the name, so that it does not name its receiver.
void append_presence(const WriterContext& context, std::string& out, const Record& record) {
    if (record.kind != RecordKind::presence) return;
    const auto presence = records::Presence::of(record);
    begin_numeric(context, out, presence.is_here ? 730 : 731, "*");
    out.append(" :");
    if (presence.is_here)
        append_source(context, out, record, presence.name);
    else
        out.append(presence.name);
    end_line(out);
}

std::string_view to_receivers(const WriterContext& context, const Record& record, std::string& out) {
    out.clear();
    switch (family_of(record.kind)) {
        case RecordFamily::answer:
            append_row_news(context, out, record);
            break;
        case RecordFamily::relay:
            if (hears(context, irc_capability::message_tags)) append_text(context, out, record);
            break;
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
        case RecordFamily::watch:
            append_presence(context, out, record);
            break;
        case RecordFamily::metadata:
            append_metadata(context, out, record);
            break;
        case RecordFamily::deletion:
            append_deletion(context, out, record);
            break;
        case RecordFamily::file:
        case RecordFamily::none:
            break;
    }
    tag_lines(context, record, out);
    return out;
}

// Without a registration it has no nick: its name here is one that the server has chosen.
bool is_registered(const WriterContext& context, SlotId client) {
    const auto slots = context.segment->slots();
    return client.slot < slots.size() && valid_row(slots[client.slot]).is_unregistered == 0;
}

void append_login(const WriterContext& context, std::string& out, const Record& record) {
    const std::string_view subject = IrcCommandTag::of(record.tag).subject;
    if (subject == told_by_sasl) return;
    if (subject == asked_to_register) {
        out.append(":").append(context.server_name).append(" REGISTER SUCCESS");
        append_param(out, record.name);
        end_line(out, text_of_registration);
    }
    begin_numeric(context, out, 900, record.name);
    out.push_back(' ');
    append_source(context, out, record, record.name);
    append_param(out, record.name);
    end_line(out, "You are now logged in as " + std::string(record.name));
    if (records::LoggedIn::of(record).registered && subject != asked_to_register)
        append_from_nickserv(context, out, record,
                             "The nick " + std::string(record.name) + " is registered: it is yours now");
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
        case SessionKind::seen:
            append_marker(context, out, record);
            return;
        case SessionKind::connected:
        case SessionKind::online:
        case SessionKind::closed:
        case SessionKind::quieted:
        case SessionKind::kept_page:  // only messages
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
        case RecordFamily::relay:
            append_message_answer(context, out, record, outcome);
            break;
        case RecordFamily::watch:
            if (record.kind == RecordKind::watched)
                append_lines(context, out, record, records::Watched::of(record).lines);
            break;
        case RecordFamily::metadata:
            append_lines(context, out, record, records::MetadataChanged::of(record).lines);
            break;
        case RecordFamily::deletion:
            append_deletion_answer(context, out, record);
            break;
        case RecordFamily::file:
        case RecordFamily::operators:
        case RecordFamily::none:
            break;
    }
    tag_answer(context, record, out);
    return out;
}

constexpr std::uint64_t heard_by_receivers =
    irc_capability::message_tags | irc_capability::server_time | irc_capability::account_tag |
    irc_capability::account_notify | irc_capability::extended_join | irc_capability::away_notify |
    irc_capability::setname | irc_capability::invite_notify | irc_capability::multiline | irc_capability::batch |
    irc_capability::read_marker | irc_capability::message_redaction;

std::optional<std::uint64_t> voice_after(const Record& record) {
    const auto row = irc_row_in(record);
    return row ? std::optional<std::uint64_t>(row->capabilities) : std::nullopt;
}

std::string farewell(std::uint32_t /*client_id*/, std::string_view name) {
    return "ERROR :Closing Link: " + std::string(name) + " (Server shutting down)\r\n";
}

}  // namespace
}  // namespace irc

constinit const DialectWriter irc_writer{irc::to_receivers, irc::to_sender,   irc::offer_file,         irc::undelivered,
                                         irc::kept_message, irc::voice_after, irc::heard_by_receivers, irc::farewell};

}  // namespace chat
