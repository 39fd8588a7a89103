// The calculator's client: see calculation.h.
#include "client/scripts/calculation.h"

#include "client/process.h"
#include "client/scripts/session.h"
#include "client/talk/startup.h"
#include "client/terminal/terminal.h"
#include "shared/text/calculator.h"
#include "shared/text/text_rules.h"

#include <poll.h>

#include <array>
#include <cstdio>

namespace chat {

namespace {

// For a person above the next prompt, for a program apart from the answers.
void warn(Terminal& terminal, std::string_view text) {
    if (terminal.is_interactive()) return terminal.show(text);
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

void show_goodbye(Terminal& terminal, Session& session, std::string_view quit) {
    const auto last = session.leave(quit);
    terminal.show(last.back().text.value_or("Session ended"));
}

void answer(Terminal& terminal, Session& session, const std::string& line) {
    const Calculation calculation = calculate(line);
    if (calculation.outcome == CalculationOutcome::malformed) {
        std::string warning(explain(calculation.outcome));
        return warn(terminal, warning + "; it was not sent.");
    }
    try {
        for (const ServerLine& answer : session.ask("/calc " + line)) terminal.show(answer.text.value_or(""));
    } catch (const Refused& refused) {
        warn(terminal, refused.what());
    }
}

// The next line that was typed, or nothing at the end of the input. The session's own lines are skipped.
std::optional<std::string> next_line(Terminal& terminal, Session& session) {
    for (;;) {
        while (auto line = terminal.next_line()) {
            terminal.show_typed();
            if (!line->too_long) return std::move(line->text);
            warn(terminal, "A line that is too long was not sent.");
        }
        if (terminal.at_end() || terminal.output_lost()) return std::nullopt;
        terminal.refresh();
        terminal.prompt(Terminal::History::keep);
        std::array<pollfd, 3> waiting{pollfd{session.signals().fd(), POLLIN, 0}, pollfd{session.fd(), POLLIN, 0},
                                      pollfd{terminal.input_fd(), POLLIN, 0}};
        (void)::poll(waiting.data(), waiting.size(), -1);
        while (const auto signal = session.signals().next()) {
            if (terminal.handle_signal(*signal)) continue;
            session.send("/quit killed");
            throw Interrupted{*signal};
        }
        if (waiting[1].revents != 0) {
            while (session.next(std::chrono::milliseconds(0), {})) {
            }
        }
        if (waiting[2].revents != 0) terminal.read();
    }
}

}  // namespace

int run_calculator(const ServerAddress& server, SessionLogin login) {
    // Made before the terminal, whose modes they note; the session has its own.
    auto signals = std::make_optional<Signals>();
    Terminal terminal({});
    if (!login.name) {
        NameAnswer answer = ask_name(terminal, *signals);
        if (!answer.name) return answer.exit_status;
        login.name = std::move(answer.name);
        login.secret = std::move(answer.secret);
    }
    login.name = trimmed(*login.name);
    // Until the session exists a signal ends the process at once: the terminal has its own modes until then.
    terminal.stop();
    signals.reset();
    Session session(server, login);
    if (terminal.is_interactive()) terminal.show("Type NUMBER + - * / NUMBER to calculate, or q to quit.");
    while (const auto line = next_line(terminal, session)) {
        const std::string wanted = trimmed(*line);
        if (wanted.empty()) continue;
        if (wanted == "q" || equal_ignoring_case(wanted, "quit") || equal_ignoring_case(wanted, "exit")) break;
        answer(terminal, session, *line);
    }
    terminal.stop();
    show_goodbye(terminal, session, "/quit q");
    terminal.refresh();
    if (!terminal.output_lost()) return exit_status::done;
    std::fputs("chat-client: cannot write to standard output\n", stderr);
    return exit_status::trouble;
}

}  // namespace chat
