// Before the chat: see startup.h.
#include "client/talk/startup.h"

#include "client/net/connecting.h"

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
        (void)::poll(waiting.data(), waiting.size(), -1);
        if (waiting[0].revents == 0 && waiting[1].revents != 0) terminal.read();
    }
}

ConnectingOutcome connect_in_front_of(Terminal& terminal, Signals& signals, const ServerAddress& server) {
    Attempt attempt(server);
    for (;;) {
        // Before the signals: a server that has accepted us receives the reason why we leave, from the chat.
        if (auto outcome = attempt.outcome()) {
            if (!outcome->socket) throw NoServer(outcome->problem);
            return {std::move(outcome->socket), 0};
        }
        while (const auto signal = signals.next()) {
            if (terminal.handle_signal(*signal)) continue;
            terminal.stop();
            return {UniqueFd(), exit_status::signalled + *signal};
        }
        terminal.refresh();
        std::array<pollfd, 2> waiting{pollfd{signals.fd(), POLLIN, 0}, pollfd{attempt.fd(), POLLIN, 0}};
        (void)::poll(waiting.data(), waiting.size(), -1);
    }
}

}  // namespace chat
