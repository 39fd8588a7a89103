// From one line to an act, or to an answer that needs no act.
#include "chat-acceptor/dialects/irc/irc_reader.h"

#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/records/command_tag.h"
#include "shared/text/text_rules.h"

#include <string>

namespace chat {
namespace irc {
namespace {

Reading refuse_line(const Request& request, int number, std::string_view text) {
    Reply reply;
    if (request.line->command.empty())
        reply.numeric(number, {}, text);
    else
        reply.numeric(number, {request.line->command}, text);
    return answer(request, std::move(reply));
}

Reading perform_known(const Command& command, const Request& request) {
    if (!request.is_registered() && !command.is_early) {
        Reply reply;
        reply.numeric(451, {}, "You have not registered");
        return answer(request, std::move(reply));
    }
    if (request.line->params.size() < command.least) return refuse_params(request);
    return command.handle(request);
}

Reading read_known(const Command& command, const Request& request) {
    Reading reading = perform_known(command, request);
    reading.is_secret = reading.is_secret || command.is_secret;
    return reading;
}

Reading read_parsed(std::string_view text, const Request& request) {
    const Line& line = *request.line;
    if (line.is_too_long) {
        Reply reply;
        reply.numeric(417, {}, "Input line was too long");
        return answer(request, std::move(reply));
    }
    const Command* command = find_command(line.command);
    if (!is_irc_text(text)) {
        Reply reply;
        reply.raw(":FAIL " + std::string(command != nullptr ? command->name : "*") +
                  " INVALID_UTF8 :Lines must be UTF-8 without control characters");
        Reading reading = answer(request, std::move(reply));
        reading.is_secret = command != nullptr && command->is_secret;
        return reading;
    }
    if (line.command.empty()) return silence(request);
    const bool is_stray = has_tag(line.tags, "batch") && has_capability(request, irc_capability::multiline);
    if (is_stray) return refuse_stray(request, command != nullptr && command->is_secret);
    if (command == nullptr)
        return request.is_registered() ? refuse_line(request, 421, "Unknown command")
                                       : refuse_line(request, 451, "You have not registered");
    return read_known(*command, request);
}

std::string_view label_of(const Line& line) {
    const std::string_view label = tag_value(line.tags, "label");
    return label.size() <= max_label_size && is_irc_text(label) ? label : std::string_view{};
}

Reading read(std::string_view text, const ReadContext& context) {
    const Line line = parse_line(text);
    const Request request{&line, &context};
    Reading reading = read_parsed(text, request);
    if (line.tags.empty()) return reading;
    if (has_capability(request, irc_capability::labeled_response)) reading.label = label_of(line);
    if (!reading.joined) reading.message_tags = passed_tags(request);
    return reading;
}

// What 263 and 417 refer to. Delivery knows who wants labels.
LineMarks find_marks(std::string_view text) {
    const Line line = parse_line(text);
    const bool is_word = line.command.size() <= max_name_size && is_irc_text(line.command);
    return {is_word ? line.command : std::string_view{}, label_of(line)};
}

bool is_secret_line(std::string_view line) {
    const Line parsed = parse_line(line);
    const Command* command = find_command(parsed.command);
    return (command != nullptr && command->is_secret) || is_nickserv(parsed.param(0));
}

std::string refuse_newcomer(Refusal refusal, std::string_view reason) {
    const auto closing = [](std::string_view why) { return "ERROR :Closing Link: (" + std::string(why) + ")\r\n"; };
    switch (refusal) {
        case Refusal::limit:
            return closing("Connection Limit Exceeded !!");
        case Refusal::too_many:
            return closing("Too many connections from your address");
        case Refusal::too_fast:
            return closing("Too many new connections from your address");
        case Refusal::banned:
            return closing(reason);
        case Refusal::busy:
            return closing("The server is busy; try again later");
        case Refusal::unfit:
            return closing("This connection cannot be served; connect again with plain TCP");
        case Refusal::disabled:
            return closing("This server does not serve IRC");
        case Refusal::forgotten:
            break;
    }
    return closing("The server no longer knows this session; connect again");
}

// Those who asked for cap-notify learn what is offered from now on, and what no longer.
std::optional<Draft> offer(const ReadContext& context) {
    const Line line;
    const Request request{&line, &context};
    IrcRow row = request.irc();
    const std::uint32_t offered = offered_bits(request);
    if ((row.capabilities & irc_capability::cap_notify) == 0 || row.offered == offered) return std::nullopt;
    const std::uint32_t gone = row.offered & ~offered;
    const std::uint32_t fresh = offered & ~row.offered;
    const std::string begin = ":CAP " + std::string(request.nick());
    Reply reply;
    if (gone != 0) reply.raw(begin + " DEL :" + names_of_capabilities(gone));
    if (fresh != 0) reply.raw(begin + " NEW :" + names_of_capabilities(fresh, true));
    row.capabilities &= ~gone;
    row.offered = offered;
    return std::move(*answer(request, std::move(reply), row).answer);
}

Draft probe(const ReadContext& context) {
    const Line line;
    const Request request{&line, &context};
    Reply reply;
    reply.raw("=PING :" + irc_server_name(request.config()));
    return std::move(*answer(request, std::move(reply)).answer);
}

}  // namespace
}  // namespace irc

constinit const DialectReader irc_reader{
    "chat-irc", "i", irc::read, irc::find_marks, irc::is_secret_line, irc::refuse_newcomer, irc::offer, irc::probe};

}  // namespace chat
