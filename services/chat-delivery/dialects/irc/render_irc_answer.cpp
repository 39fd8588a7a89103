// Answers to IRC clients: lines that the acceptor's half of the dialect has begun, and refusals as numerics.
#include "chat-delivery/dialects/irc/irc_spelling.h"
#include "shared/records/answer.h"
#include "shared/records/command_tag.h"
#include "shared/records/error_code.h"

#include <algorithm>

namespace chat::irc {
namespace {

constexpr std::size_t digits = 3;
constexpr int unnamed = 400;  // of refusals that no other number fits
constexpr char upper_case(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

struct Numeric {
    int number;
    std::string_view before = {};  // of what the refusal refers to
    std::string_view text = {};
};

Numeric numeric_of(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::no_such_client:
            return {401, "", "No such nick/channel"};
        case ErrorCode::no_such_room:
            return {403, "#", "No such channel"};
        case ErrorCode::no_such_group:
            return {403, "&", "No such channel"};
        case ErrorCode::not_a_member:
            return {404, "#", "Cannot send to channel"};
        case ErrorCode::too_many_rooms:
            return {405, "#", "You have joined too many channels"};
        case ErrorCode::too_many_groups:
            return {405, "&", "You have joined too many channels"};
        case ErrorCode::not_invited:
            return {473, "&", "Cannot join channel (+i)"};
        case ErrorCode::group_full:
            return {471, "&", "Cannot join channel (+l)"};
        case ErrorCode::line_too_long:
            return {417, "", "Input line was too long"};
        case ErrorCode::empty_name:
            return {431, "", "No nickname given"};
        case ErrorCode::bad_name:
            return {432, "", "Erroneous nickname"};
        case ErrorCode::name_taken:
        case ErrorCode::password_required:
            return {433, "", "Nickname is already in use"};
        case ErrorCode::too_fast:
        case ErrorCode::busy:
            return {263, "", "Please wait a while and try again."};
        case ErrorCode::unknown_command:
        case ErrorCode::bad_arguments:
        case ErrorCode::bad_text:
        case ErrorCode::not_admin:
        case ErrorCode::already_member:
        case ErrorCode::no_such_request:
        case ErrorCode::self:
        case ErrorCode::bad_expression:
        case ErrorCode::divide_by_zero:
        case ErrorCode::file_too_large:
        case ErrorCode::bad_file_name:
        case ErrorCode::bad_size:
        case ErrorCode::hash_mismatch:
        case ErrorCode::bad_ticket:
        case ErrorCode::no_space:
        case ErrorCode::forbidden:
        case ErrorCode::internal_error:
        case ErrorCode::wrong_secret:
        case ErrorCode::needs_tls:
        case ErrorCode::weak_secret:
        case ErrorCode::no_such_account:
        case ErrorCode::account_disabled:
        case ErrorCode::guests_not_allowed:
        case ErrorCode::banned:
        case ErrorCode::history_off:
        case ErrorCode::no_such_message:
            break;
    }
    return {unnamed, "", ""};
}

// FAIL, with the code of the native protocol in IRC's spelling.
void append_standard_reply(const WriterContext& context, std::string& out, const records::Error& error,
                           std::string_view subject) {
    out.append(":").append(context.server_name).append(" FAIL * ");
    for (const char c : word_of(error.code)) out.push_back(c == '-' ? '_' : upper_case(c));
    if (!subject.empty()) append_param(out, subject);
    end_line(out, error.text);
}

// 400 has the sentence of the refusal itself.
void append_error(const WriterContext& context, std::string& out, const Record& record) {
    const auto error = records::Error::of(record);
    const std::string_view subject = IrcCommandTag::of(record.tag).subject;
    if (subject == asked_nickserv) {
        append_from_nickserv(context, out, record, error.text);
        return;
    }
    if (subject == asked_to_register) {  // the acceptor has already answered every expected refusal
        out.append(":").append(context.server_name).append(" FAIL REGISTER TEMPORARILY_UNAVAILABLE");
        append_param(out, record.name);
        end_line(out, error.text);
        return;
    }
    if (subject == told_by_sasl) {
        begin_numeric(context, out, 904, record.name);
        end_line(out, error.text);
        return;
    }
    const Numeric numeric = numeric_of(error.code);
    if (numeric.number == unnamed && hears(context, irc_capability::standard_replies)) {
        append_standard_reply(context, out, error, subject);
        return;
    }
    begin_numeric(context, out, numeric.number, record.name);
    const bool has_subject = numeric.number != 417 && numeric.number != 431;
    if (has_subject) append_param(out, std::string(numeric.before) + std::string(subject.empty() ? "*" : subject));
    end_line(out, numeric.text.empty() ? error.text : numeric.text);
}

}  // namespace

// The marks at the beginning of a line: chat-acceptor/dialects/irc/request.h.
void append_lines(const WriterContext& context, std::string& out, const Record& record, std::string_view lines) {
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        const std::size_t begin = out.size();
        if (line.starts_with(':')) {
            out.append(":").append(context.server_name).append(" ").append(line.substr(1));
        } else if (line.starts_with('!')) {
            out.push_back(':');
            append_source(context, out, record, record.name);
            out.append(" ").append(line.substr(1));
        } else if (line.starts_with('=')) {
            out.append(line.substr(1));
        } else {
            out.append(":").append(context.server_name).append(" ").append(line.substr(0, digits));
            append_param(out, record.name);
            out.append(line.substr(std::min(digits, line.size())));
        }
        if (line.starts_with('=') && line.substr(1).starts_with('@')) {  // it has its tags, and has been measured
            end_line(out);
            continue;
        }
        if (out.size() - begin > longest_line) {
            std::string_view whole = std::string_view(out).substr(begin);
            std::size_t size = longest_line;
            while (size > 0 && (static_cast<unsigned char>(whole[size]) & 0xc0U) == 0x80) --size;
            out.resize(begin + size);
        }
        end_line(out);
    }
}

void append_answer(const WriterContext& context, std::string& out, const Record& record) {
    if (record.kind == RecordKind::error)
        append_error(context, out, record);
    else if (record.kind == RecordKind::dialect_answer)
        append_lines(context, out, record, records::DialectAnswer::of(record).lines);
}

}  // namespace chat::irc
