// Before the chat: see startup.h.
#include "client/talk/startup.h"

#include "client/net/connecting.h"
#include "client/talk/certificate_question.h"
#include "client/talk/question.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <poll.h>

#include <array>
#include <cstdio>
#include <utility>

namespace chat {

bool is_quit(std::string_view line) {
    const std::string_view command = parse_client_line(line).command;
    return equal_ignoring_case(command, "/quit") || equal_ignoring_case(command, "/exit");
}

bool is_leaving(std::string_view line) {
    return line.starts_with('/') && is_quit(line);
}

std::string no_chat_server(const ServerAddress& server) {
    return server.written() + " is not a chat server";
}

std::string silent_server(const ServerAddress& server) {
    return server.written() + " has not answered yet, and a chat server speaks first. Ctrl-C ends this.";
}

NameAnswer ask_name(Terminal& terminal, Signals& signals) {
    terminal.show(name_question);
    NameTyped name;
    bool leaves = false;
    const auto ended = await_typed_answer(terminal, signals, [&](const std::string& typed) {
        leaves = is_leaving(typed);
        name = parse_name_typed(typed);
        if (leaves || name.problem.empty()) return true;
        terminal.show(name.problem);
        terminal.show(name_question);
        return false;
    });
    if (!ended && leaves) return {std::nullopt, exit_status::done};
    if (!ended) return {std::move(name.name), exit_status::done, std::move(name.secret)};
    if (*ended != 0) return {std::nullopt, exit_status::signalled + *ended};
    if (terminal.is_interactive()) return {std::nullopt, exit_status::done};
    std::fputs("chat-client: no login name was given\n", stderr);
    return {std::nullopt, exit_status::trouble};
}

namespace {

// Nothing: it is accepted. Otherwise the exit status, for a signal. Throws NoServer.
std::optional<int> ask_about_certificate(Terminal& terminal, Signals& signals, const ConnectFailure& failure) {
    for (const std::string& line : question_about(failure)) terminal.show(line);
    terminal.show(certificate_question);
    CertificateAnswer answer = CertificateAnswer::unclear;
    const auto ended = await_typed_answer(terminal, signals, [&](const std::string& typed) {
        answer = answer_to_question(typed, failure);
        if (answer == CertificateAnswer::unclear) terminal.show(certificate_question);
        return answer != CertificateAnswer::unclear;
    });
    if (ended.value_or(0) != 0) return exit_status::signalled + *ended;
    if (answer != CertificateAnswer::accept) throw NoServer(std::string(certificate_refused));
    return std::nullopt;
}

}  // namespace

ConnectingOutcome connect_in_front_of(Terminal& terminal, Signals& signals, const ServerAddress& server) {
    auto attempt = std::make_optional<Attempt>(server, Attempt::address_timeout, terminal.is_interactive());
    for (;;) {
        // Before the signals: a server that has accepted us receives the reason why we leave, from the chat.
        if (auto outcome = attempt->outcome()) {
            if (!outcome->note.empty()) terminal.show(outcome->note, {Style::trouble});
            if (outcome->stream) return {std::move(outcome->stream), std::move(outcome->server), 0};
            const ConnectFailure& failure = outcome->failure;
            const bool can_ask = failure.kind == ConnectFailure::Kind::unknown_certificate && terminal.is_interactive();
            if (!can_ask) throw NoServer(failure.text);
            if (const auto status = ask_about_certificate(terminal, signals, failure))
                return {nullptr, server, *status};
            outcome->server.fingerprint = failure.fingerprint;
            attempt.emplace(outcome->server);
        }
        while (const auto signal = signals.next()) {
            if (terminal.handle_signal(*signal)) continue;
            terminal.stop();
            return {nullptr, server, exit_status::signalled + *signal};
        }
        terminal.refresh();
        std::array<pollfd, 2> waiting{pollfd{signals.fd(), POLLIN, 0}, pollfd{attempt->fd(), POLLIN, 0}};
        (void)::poll(waiting.data(), waiting.size(), terminal.poll_timeout());
    }
}

}  // namespace chat
