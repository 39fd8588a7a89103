// Waiting for an answer: see question.h.
#include "client/talk/question.h"

#include <poll.h>
#include <signal.h>

#include <array>

namespace chat {

bool only_clears_line(Terminal& terminal, Signals& signals, int signal) {
    if (signal != SIGINT || !signals.was_typed() || !terminal.clear_line()) return false;
    signals.stay();
    return true;
}

std::optional<int> await_typed_answer(Terminal& terminal, Signals& signals,
                                      const std::function<bool(const std::string&)>& accepts) {
    for (;;) {
        while (const auto signal = signals.next()) {
            if (terminal.handle_signal(*signal) || only_clears_line(terminal, signals, *signal)) continue;
            terminal.stop();
            return signal;
        }
        while (const auto line = terminal.next_line()) {
            terminal.show_typed();
            if (accepts(line->text)) return std::nullopt;
        }
        terminal.refresh();
        if (terminal.at_end()) {
            terminal.stop();
            return 0;
        }
        terminal.prompt(Terminal::History::forget);
        std::array<pollfd, 2> waiting{pollfd{signals.fd(), POLLIN, 0}, pollfd{terminal.input_fd(), POLLIN, 0}};
        (void)::poll(waiting.data(), waiting.size(), terminal.poll_timeout());
        if (waiting[0].revents == 0 && waiting[1].revents != 0) terminal.read();
    }
}

}  // namespace chat
