// Renders arrivals and departures.
#include "chat-delivery/dialects/line/render_session.h"

#include "chat-delivery/dialects/line/spelling.h"
#include "shared/records/session.h"
#include "shared/text/formatting.h"

#include <algorithm>

namespace chat {
namespace {

using records::SessionKind;

void append_welcome(std::string& out, const Record& record) {
    out += "welcome";
    append_field(out, "id", record.sender_id);
    append_field(out, "name", record.name);
    out += " connected=";
    append_time(out, record.at);
    const auto connected = records::Connected::of(record);
    append_field(out, "limit", connected.limit);
    append_field(out, "version", 1);
    if (connected.tls.is_secure) append_field(out, "tls", "yes");
    append_field(out, "accounts", word_of(connected.accounts));
    out.append(" :Welcome! You are ").append(record.name).append(" (");
    append_number(out, record.sender_id);
    out += "). /help lists the commands.\n";
}

void append_online(std::string& out, const Record& record) {
    out += "online";
    append_field(out, "id", record.sender_id);
    append_field(out, "name", record.name);
    append_field(out, "count", records::Online::of(record).count);
    append_account(out, records::Online::of(record).account != 0);
    out.append(" :").append(record.name).append(" has joined.\n");
}

void append_offline(std::string& out, std::uint32_t id, std::string_view name, const records::Departed& departed) {
    out += "offline";
    append_field(out, "id", id);
    append_field(out, "name", name);
    append_field(out, "reason", word_of(departed.reason));
    append_field(out, "count", departed.count);
    out.append(" :").append(name).append(" has left");
    if (!departed.word.empty()) out.append(" (").append(without_formatting(departed.word)).append(")");
    out += ".\n";
}

void append_renamed(std::string& out, std::uint32_t id, const records::Renamed& renamed, std::string_view tag) {
    out += "renamed";
    append_field(out, "id", id);
    append_field(out, "old", renamed.old_name);
    append_field(out, "name", renamed.name);
    append_account(out, renamed.account != 0);
    append_tag(out, tag);
    end_line(out);
}

void append_renaming(std::string& out, const Record& record, const records::LoggedIn& login) {
    if (login.old_name == login.name) return;
    append_renamed(out, record.sender_id, {.name = login.name, .old_name = login.old_name, .account = login.account},
                   {});
}

void append_login(std::string& out, const Record& record) {
    const auto login = records::LoggedIn::of(record);
    out += "account";
    append_field(out, "name", login.name);
    out += " since=";
    append_time(out, login.since);
    if (!login.registered) {
        append_field(out, "failed", login.failed);
        append_field(out, "kept", login.kept.count);
    }
    append_tag(out, record.tag);
    end_line(out);
    append_renaming(out, record, login);
}

void append_seen(std::string& out, const Record& record) {
    const auto seen = records::Seen::of(record);
    out += "seen";
    append_field(out, "place", seen.place);
    append_field(out, "id", std::min(seen.id, record.sequence));
    end_line(out);
}

void append_own_departure(std::string& out, const Record& record) {
    const auto departed = records::Departed::of(record);
    if (departed.says_bye) {
        out += "bye";
        append_tag(out, record.tag);
        end_line(out, "Session ended");
    }
    // Whoever the server itself disconnects can still read why.
    const bool makes_room = departed.reason == LeaveReason::timeout && !departed.broken && !departed.says_bye;
    const bool is_sent_away = departed.reason == LeaveReason::kicked || makes_room;
    if (is_sent_away) append_offline(out, record.sender_id, record.name, departed);
}

}  // namespace

void append_session_news(std::string& out, const Record& record) {
    switch (records::session_kind(record)) {
        case SessionKind::online:
            append_online(out, record);
            return;
        case SessionKind::renamed:
            append_renamed(out, record.sender_id, records::Renamed::of(record), {});
            return;
        case SessionKind::logged_in:
            append_renaming(out, record, records::LoggedIn::of(record));
            return;
        case SessionKind::departed:
            append_offline(out, record.sender_id, record.name, records::Departed::of(record));
            return;
        case SessionKind::seen:
            append_seen(out, record);
            return;
        case SessionKind::connected:
        case SessionKind::introduced:
        case SessionKind::closed:
        case SessionKind::quieted:
        case SessionKind::kept_page:
            return;
    }
}

void append_session_answer(std::string& out, const Record& record) {
    switch (records::session_kind(record)) {
        case SessionKind::connected:
            append_welcome(out, record);
            return;
        case SessionKind::online:
            append_online(out, record);
            return;
        case SessionKind::renamed:
            append_renamed(out, record.sender_id, records::Renamed::of(record), record.tag);
            return;
        case SessionKind::logged_in:
            append_login(out, record);
            return;
        case SessionKind::departed:
            append_own_departure(out, record);
            return;
        case SessionKind::quieted:
        case SessionKind::seen:
            append_plain_ok(out, record.tag);
            return;
        case SessionKind::kept_page:  // only messages
        case SessionKind::introduced:
        case SessionKind::closed:
            return;
    }
}

std::string render_shutdown(std::uint32_t client_id, std::string_view name) {
    std::string out;
    append_offline(out, client_id, name, {.reason = LeaveReason::shutdown});
    return out;
}

}  // namespace chat
