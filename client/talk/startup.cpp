// Before the chat: see startup.h.
#include "client/talk/startup.h"

#include "client/net/connecting.h"
#include "client/net/deadline.h"
#include "client/talk/certificate_question.h"
#include "client/talk/question.h"
#include "client/terminal/wrap.h"
#include "shared/text/line.h"
#include "shared/text/printable.h"
#include "shared/text/text_rules.h"

#include <poll.h>

#include <array>
#include <chrono>
#include <cstddef>
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
    return "chat-client: " + server.written() + " is not a chat server";
}

std::string silent_server(const ServerAddress& server) {
    return server.written() + " has not answered yet, and a chat server speaks first. Ctrl-C ends this.";
}

void complain(const Terminal& terminal, std::string_view complaint, std::string_view hint) {
    const std::size_t width = terminal.is_editing() ? window_width() : 0;
    std::fprintf(stderr, "%s\n", wrapped(printable(complaint), width).c_str());
    if (terminal.is_interactive() && !hint.empty())
        std::fprintf(stderr, "%s\n", wrapped(printable(hint), width).c_str());
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

constexpr std::chrono::milliseconds long_wait{900};
constexpr std::string_view check_server = "Is the server running, and the address right? --server HOST[:PORT] sets it.";

// Nothing: it is accepted. Otherwise the exit status: 128 + the number of a signal, or that of a refusal.
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
    return answer == CertificateAnswer::accept ? std::nullopt : std::optional(exit_status::trouble);
}

}  // namespace

ConnectingOutcome connect_in_front_of(Terminal& terminal, Signals& signals, const ServerAddress& server) {
    const auto no_server = [&server](std::string_view why, std::string_view hint) {
        return ConnectingOutcome{nullptr, server, exit_status::trouble, "chat-client: " + std::string(why),
                                 std::string(hint)};
    };
    std::optional slow_at(Deadline::Clock::now() + long_wait);
    auto attempt = std::make_optional<Attempt>(server, Attempt::address_timeout, terminal.is_interactive());
    for (;;) {
        // Before the signals: a server that has accepted us receives the reason why we leave, from the chat.
        if (auto outcome = attempt->outcome()) {
            if (!outcome->note.empty()) terminal.show(outcome->note, {Style::trouble});
            if (outcome->stream) return {std::move(outcome->stream), std::move(outcome->server), 0};
            const ConnectFailure& failure = outcome->failure;
            const bool can_ask = failure.kind == ConnectFailure::Kind::unknown_certificate && terminal.is_interactive();
            const bool is_absent = failure.kind == ConnectFailure::Kind::unreachable && !failure.says_way_out;
            if (!can_ask) return no_server(failure.text, is_absent ? check_server : "");
            if (const auto status = ask_about_certificate(terminal, signals, failure)) {
                if (*status == exit_status::trouble) return no_server(certificate_refused, "");
                return {nullptr, server, *status};
            }
            outcome->server.fingerprint = failure.fingerprint;
            attempt.emplace(outcome->server);
            slow_at = Deadline::Clock::now() + long_wait;
        }
        while (const auto signal = signals.next()) {
            if (terminal.handle_signal(*signal)) continue;
            terminal.stop();
            return {nullptr, server, exit_status::signalled + *signal};
        }
        if (slow_at && Deadline::Clock::now() >= *slow_at) {
            slow_at.reset();
            if (terminal.is_interactive())
                terminal.show("Connecting to " + server.written() + " … Ctrl-C ends this.", {Style::news});
        }
        terminal.refresh();
        std::array<pollfd, 2> waiting{pollfd{signals.fd(), POLLIN, 0}, pollfd{attempt->fd(), POLLIN, 0}};
        const int slow = slow_at ? milliseconds_until(*slow_at) : -1;
        (void)::poll(waiting.data(), waiting.size(), earlier_timeout(slow, terminal.poll_timeout()));
    }
}

}  // namespace chat
