// Before the chat: see startup.h.
#include "client/talk/startup.h"

#include "client/net/connecting.h"
#include "client/talk/certificate_question.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <poll.h>
#include <signal.h>

#include <array>
#include <cstdio>
#include <utility>

namespace chat {

std::string trimmed(std::string_view name) {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = name.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return std::string(name.substr(begin, name.find_last_not_of(blanks) + 1 - begin));
}

bool only_clears_line(Terminal& terminal, Signals& signals, int signal) {
    if (signal != SIGINT || !signals.was_typed() || !terminal.clear_line()) return false;
    signals.stay();
    return true;
}

bool is_quit(std::string_view line) {
    const std::string_view command = parse_client_line(line).command;
    return equal_ignoring_case(command, "/quit") || equal_ignoring_case(command, "/exit");
}

std::string no_chat_server(const ServerAddress& server) {
    return server.written() + " is not a chat server";
}

NameAnswer ask_name(Terminal& terminal, Signals& signals) {
    terminal.show(name_question);
    for (;;) {
        while (const auto signal = signals.next()) {
            if (terminal.handle_signal(*signal)) continue;
            if (only_clears_line(terminal, signals, *signal)) continue;
            terminal.stop();
            return {std::nullopt, exit_status::signalled + *signal};
        }
        while (const auto line = terminal.next_line()) {
            terminal.show_typed();
            if (std::string name = trimmed(line->text); !name.empty()) return {std::move(name), 0};
            terminal.show(empty_name);
            terminal.show(name_question);
        }
        terminal.refresh();
        if (terminal.at_end()) {
            terminal.stop();
            if (terminal.is_interactive()) return {std::nullopt, 0};
            std::fputs("chat-client: no login name was given\n", stderr);
            return {std::nullopt, 1};
        }
        terminal.prompt(Terminal::History::forget);

        std::array<pollfd, 2> waiting{pollfd{signals.fd(), POLLIN, 0}, pollfd{terminal.input_fd(), POLLIN, 0}};
        (void)::poll(waiting.data(), waiting.size(), terminal.poll_timeout());
        if (waiting[0].revents == 0 && waiting[1].revents != 0) terminal.read();
    }
}

namespace {

// Nothing: it is accepted. Otherwise the exit status, for a signal. Throws NoServer.
std::optional<int> ask_about_certificate(Terminal& terminal, Signals& signals, const ConnectFailure& failure) {
    for (const std::string& line : question_about(failure)) terminal.show(line);
    terminal.show(certificate_question);
    for (;;) {
        while (const auto signal = signals.next()) {
            if (terminal.handle_signal(*signal)) continue;
            terminal.stop();
            return exit_status::signalled + *signal;
        }
        while (const auto line = terminal.next_line()) {
            const CertificateAnswer answer = answer_to_question(line->text, failure);
            if (answer == CertificateAnswer::accept) return std::nullopt;
            if (answer == CertificateAnswer::refuse) throw NoServer(std::string(certificate_refused));
            terminal.show(certificate_question);
        }
        terminal.refresh();
        if (terminal.at_end()) throw NoServer(std::string(certificate_refused));
        terminal.prompt(Terminal::History::forget);
        std::array<pollfd, 2> waiting{pollfd{signals.fd(), POLLIN, 0}, pollfd{terminal.input_fd(), POLLIN, 0}};
        (void)::poll(waiting.data(), waiting.size(), -1);
        if (waiting[0].revents == 0 && waiting[1].revents != 0) terminal.read();
    }
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
