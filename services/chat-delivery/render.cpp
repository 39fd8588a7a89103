// One function a kind of line.
#include "chat-delivery/render.h"

#include "chat-delivery/render_file.h"
#include "chat-delivery/render_group.h"
#include "chat-delivery/render_room.h"
#include "chat-delivery/spelling.h"
#include "shared/error_code.h"
#include "shared/records/answer.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"

namespace chat {
namespace {

void append_welcome(std::string& out, const Record& record) {
    out += "welcome";
    append_field(out, "id", record.sender_id);
    append_field(out, "name", record.name);
    out += " connected=";
    append_time(out, record.at);
    append_field(out, "limit", record.number);
    append_field(out, "version", 1);
    out.append(" :Welcome! You are ").append(record.name).append(" (");
    append_number(out, record.sender_id);
    out += "). /help lists the commands.\n";
}

void append_online(std::string& out, const Record& record) {
    out += "online";
    append_field(out, "id", record.sender_id);
    append_field(out, "name", record.name);
    append_field(out, "count", record.number);
    out.append(" :").append(record.name).append(" has joined.\n");
}

void append_offline(std::string& out, std::uint32_t id, std::string_view name, LeaveReason reason, std::uint32_t count,
                    std::string_view word) {
    out += "offline";
    append_field(out, "id", id);
    append_field(out, "name", name);
    append_field(out, "reason", word_of(reason));
    append_field(out, "count", count);
    out.append(" :").append(name).append(" has left");
    if (!word.empty()) out.append(" (").append(word).append(")");
    out += ".\n";
}

void append_announcement(std::string& out, const Record& record) {
    out += "announcement";
    append_field(out, "id", record.sequence);
    out += " at=";
    append_time(out, record.at);
    end_line(out, record.text);
}

void append_renamed(std::string& out, const Record& record, std::string_view tag) {
    out += "renamed";
    append_field(out, "id", record.sender_id);
    append_field(out, "old", record.target);
    append_field(out, "name", record.name);
    append_tag(out, tag);
    end_line(out);
}

void append_message(std::string& out, const Record& record) {
    constexpr std::size_t words = std::string_view("message id= from= name= to=group: at= :\n").size();
    Pieces line(out, words + 3 * Pieces::most_digits + time_size + record.name.size() + record.target.size() +
                         record.text.size());
    line.text("message id=");
    line.number(record.sequence);
    line.text(" from=");
    line.number(record.sender_id);
    line.text(" name=");
    line.text(record.name);
    switch (static_cast<MessageScope>(record.scope)) {
        case MessageScope::direct:
            line.text(" to=");
            line.number(record.target_id);
            break;
        case MessageScope::room:
            line.text(" to=room:");
            line.text(record.target);
            break;
        case MessageScope::group:
            line.text(" to=group:");
            line.text(record.target);
            break;
        case MessageScope::broadcast:
            line.text(" to=all");
            break;
    }
    line.text(" at=");
    line.time(record.at);
    line.text(" :");
    line.text(record.text);
    line.text("\n");
}

void append_ok(std::string& out, const Record& record) {
    if (record.tag.empty()) return;
    out += "ok";
    append_tag(out, record.tag);
    append_field(out, "id", record.sequence);
    end_line(out);
}

void append_clients(std::string& out, const Record& record) {
    std::string_view rows = record.text;
    while (const auto client = take_client_info(rows)) {
        out += "client";
        append_field(out, "id", client->id);
        append_field(out, "name", client->name);
        out += " connected=";
        append_time(out, client->connected_at);
        if (client->you) append_field(out, "you", "yes");
        append_tag(out, record.tag);
        end_line(out);
    }
    if (record.has(record_flag::is_list)) append_end(out, record.target, record);
}

void append_help(std::string& out, const Record& record) {
    std::string_view rows = record.text;
    while (const auto help = take_help_info(rows)) {
        out += "help";
        append_field(out, "command", help->command);
        append_tag(out, record.tag);
        end_line(out, help->usage);
    }
    append_end(out, "help", record);
}

void append_value(std::string& out, std::string_view kind, std::string_view value, std::string_view tag) {
    out += kind;
    append_field(out, "value", value);
    append_tag(out, tag);
    end_line(out);
}

void append_result(std::string& out, const Record& record) {
    out += "result";
    append_field(out, "value", record.target);
    append_tag(out, record.tag);
    out.append(" :").append(record.text).append(" = ").append(record.target);
    end_line(out);
}

void append_text(std::string& out, std::string_view kind, std::string_view tag, std::string_view text) {
    out += kind;
    append_tag(out, tag);
    end_line(out, text);
}

void append_error(std::string& out, const Record& record) {
    out += "error";
    append_field(out, "code", word_of(static_cast<ErrorCode>(record.number)));
    append_tag(out, record.tag);
    end_line(out, record.text);
}

}  // namespace

void append_undelivered(std::string& out, std::uint64_t id, std::uint32_t to, std::string_view name,
                        std::string_view tag, std::string_view what) {
    out += "undelivered";
    append_field(out, "id", id);
    append_field(out, "to", to);
    append_field(out, "reason", "disconnected");
    append_tag(out, tag);
    out += " :";
    append_number(out, to);
    out.append(" (").append(name).append(") is now disconnected; the ").append(what).append(" was discarded.\n");
}

std::string_view render_for_receivers(const Record& record, std::string& out) {
    out.clear();
    switch (record.kind) {
        case RecordKind::online:
            append_online(out, record);
            break;
        case RecordKind::renamed:
            append_renamed(out, record, {});
            break;
        case RecordKind::message:
            append_message(out, record);
            break;
        case RecordKind::departed:
            append_offline(out, record.sender_id, record.name, static_cast<LeaveReason>(record.scope), record.number,
                           record.text);
            break;
        case RecordKind::joined:
        case RecordKind::left:
            append_room_change(out, record, {});
            break;
        case RecordKind::announcement:
            append_announcement(out, record);
            break;
        default:
            append_group_news(out, record);
            break;
    }
    return out;
}

std::string_view render_for_sender(const Record& record, Outcome outcome, std::string& out) {
    out.clear();
    switch (record.kind) {
        case RecordKind::connected:
            append_welcome(out, record);
            break;
        case RecordKind::online:
            append_online(out, record);
            break;
        case RecordKind::renamed:
            append_renamed(out, record, record.tag);
            break;
        case RecordKind::message:
            if (outcome == Outcome::accepted)
                append_ok(out, record);
            else
                append_undelivered(out, record.sequence, record.target_id, record.target, record.tag);
            break;
        case RecordKind::departed:
            if (record.has(record_flag::says_bye)) append_text(out, "bye", record.tag, "Session ended");
            if (record.scope == static_cast<std::uint8_t>(LeaveReason::kicked))
                append_offline(out, record.sender_id, record.name, LeaveReason::kicked, record.number, record.text);
            break;
        case RecordKind::clients:
            append_clients(out, record);
            break;
        case RecordKind::joined:
        case RecordKind::left:
            append_room_change(out, record, record.tag);
            break;
        case RecordKind::rooms:
            append_rooms(out, record);
            break;
        case RecordKind::help:
            append_help(out, record);
            break;
        case RecordKind::echo:
            append_text(out, "echo", record.tag, record.text);
            break;
        case RecordKind::date:
            append_value(out, "date", local_date(record.at), record.tag);
            break;
        case RecordKind::time:
            append_value(out, "time", local_time(record.at), record.tag);
            break;
        case RecordKind::result:
            append_result(out, record);
            break;
        case RecordKind::error:
            append_error(out, record);
            break;
        case RecordKind::upload_offered:
            append_upload(out, record);
            break;
        default:
            append_group_answer(out, record);
            break;
    }
    return out;
}

std::string render_shutdown(std::uint32_t client_id, std::string_view name) {
    std::string out;
    append_offline(out, client_id, name, LeaveReason::shutdown, 0, {});
    return out;
}

}  // namespace chat
