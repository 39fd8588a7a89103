// Renders answers.
#include "chat-delivery/dialects/line/render_answer.h"

#include "chat-delivery/dialects/line/render_history.h"
#include "chat-delivery/dialects/line/spelling.h"
#include "shared/records/answer.h"

namespace chat {
namespace {

using records::AnswerKind;

void append_clients(std::string& out, const Record& record) {
    auto clients = records::Clients::of(record);
    while (const auto client = take_client_info(clients.rows)) {
        out += "client";
        append_field(out, "id", client->id);
        append_field(out, "name", client->name);
        out += " connected=";
        append_time(out, client->connected_at);
        append_account(out, client->has_account);
        if (client->is_away) append_field(out, "away", "yes");
        if (client->is_operator) append_field(out, "op", "yes");
        if (client->has_voice) append_field(out, "voice", "yes");
        if (client->you) append_field(out, "you", "yes");
        append_tag(out, record.tag);
        end_line(out);
    }
    if (!clients.list.empty()) append_end(out, clients.list, clients.count, record.tag);
}

void append_help(std::string& out, const Record& record) {
    auto rows = records::Help::of(record).rows;
    while (const auto help = take_help_info(rows)) {
        out += "help";
        append_field(out, "command", help->command);
        append_tag(out, record.tag);
        end_line(out, help->usage);
    }
    append_end(out, "help", records::Help::of(record).count, record.tag);
}

void append_echo(std::string& out, const Record& record) {
    out += "echo";
    append_tag(out, record.tag);
    end_line(out, records::Echo::of(record).text);
}

void append_value(std::string& out, std::string_view kind, std::string_view value, std::string_view tag) {
    out += kind;
    append_field(out, "value", value);
    append_tag(out, tag);
    end_line(out);
}

void append_result(std::string& out, const Record& record) {
    const auto result = records::Result::of(record);
    out += "result";
    append_field(out, "value", result.value);
    append_tag(out, record.tag);
    out.append(" :").append(result.expression).append(" = ").append(result.value);
    end_line(out);
}

void append_error(std::string& out, const Record& record) {
    const auto error = records::Error::of(record);
    out += "error";
    append_field(out, "code", word_of(error.code));
    append_tag(out, record.tag);
    end_line(out, error.text);
}

void append_done(std::string& out, const Record& record) {
    if (record.tag.empty()) return;
    out += "ok";
    append_tag(out, record.tag);
    end_line(out);
}

}  // namespace

void append_answer(std::string& out, const Record& record) {
    switch (records::answer_kind(record)) {
        case AnswerKind::clients:
            append_clients(out, record);
            return;
        case AnswerKind::help:
            append_help(out, record);
            return;
        case AnswerKind::echo:
            append_echo(out, record);
            return;
        case AnswerKind::date:
            append_value(out, "date", local_date(record.at), record.tag);
            return;
        case AnswerKind::time:
            append_value(out, "time", local_time(record.at), record.tag);
            return;
        case AnswerKind::result:
            append_result(out, record);
            return;
        case AnswerKind::error:
            append_error(out, record);
            return;
        case AnswerKind::done:
            append_done(out, record);
            return;
        case AnswerKind::history:
            append_history(out, record);
            return;
        case AnswerKind::dialect_answer:  // away, or back
            append_done(out, record);
            return;
        case AnswerKind::unread:
            append_unread(out, record);
            return;
    }
}

}  // namespace chat
