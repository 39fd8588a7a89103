// From one line to an act, or to an answer that needs no act.
#include "chat-acceptor/dialects/line/line_reader.h"

#include "chat-acceptor/dialects/line/command_table.h"
#include "chat-acceptor/dialects/line/help.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <utility>

namespace chat {
namespace {

Draft refuse_arguments(const Command& command) {
    std::string usage = "Usage: " + std::string(command.name);
    if (!command.usage.empty()) usage.append(" ").append(command.usage);
    return Draft::refusal(ErrorCode::bad_arguments, std::move(usage));
}

Reading answered(std::string_view tag, Draft answer) {
    return {.tag = tag, .answer = std::make_unique<Draft>(std::move(answer))};
}

bool is_secret(std::string_view line) {
    const ClientLine parsed = parse_client_line(line);
    const Command* command = parsed.command.empty() ? nullptr : find_command(parsed.command);
    return command != nullptr && command->is_secret;
}

Reading read(std::string_view line, const ReadContext& /*context*/) {
    if (!is_clean_text(line)) {
        Reading reading = answered(
            find_tag(line), Draft::refusal(ErrorCode::bad_text, "Lines must be UTF-8 without control characters"));
        reading.is_secret = is_secret(line);
        return reading;
    }
    const ClientLine parsed = parse_client_line(line);
    if (parsed.command.empty()) return {.tag = parsed.tag, .act = act::SayInLobby{parsed.text}, .answer = nullptr};
    const Command* command = find_command(parsed.command);
    if (command == nullptr)
        return answered(parsed.tag, Draft::refusal(ErrorCode::unknown_command, "There is no command " +
                                                                                   std::string(parsed.command) +
                                                                                   "; /help lists the commands"));
    Arguments arguments = split_arguments(command->shape, parsed.text);
    if (command->fits != nullptr) arguments.fit = arguments.fit && command->fits(arguments);
    if (command->act == nullptr && arguments.fit) return answered(parsed.tag, answer_help(arguments.text));
    if (arguments.fit)
        return {.tag = parsed.tag, .act = command->act(arguments), .answer = nullptr, .is_secret = command->is_secret};
    Reading reading = answered(parsed.tag, refuse_arguments(*command));
    reading.is_secret = command->is_secret;
    return reading;
}

std::string refuse(Refusal refusal, std::string_view reason) {
    switch (refusal) {
        case Refusal::limit:
            return "refused code=limit :Connection Limit Exceeded !!\n";
        case Refusal::too_many:
            return "refused code=limit :Too many connections from your address\n";
        case Refusal::too_fast:
            return "refused code=busy :Too many new connections from your address\n";
        case Refusal::banned:
            return "refused code=banned :" + std::string(reason) + '\n';
        case Refusal::busy:
            return "refused code=busy :The server is busy; try again later\n";
        case Refusal::unfit:
            return "refused code=busy :This connection cannot be served; connect again with plain TCP\n";
        case Refusal::disabled:
        case Refusal::forgotten:
            break;
    }
    return "refused code=busy :The server no longer knows this session; connect again\n";
}

LineMarks find_marks(std::string_view line) {
    return {.tag = find_tag(line)};
}

std::optional<Draft> offer(const ReadContext& /*context*/) {
    return std::nullopt;
}

}  // namespace

constinit const DialectReader line_reader{"chat", "c", read, find_marks, is_secret, refuse, offer, nullptr};

}  // namespace chat
