// The question for a password: see session_login.h.
#include "client/scripts/session_login.h"

#include "client/scripts/session.h"
#include "client/talk/credentials.h"
#include "client/terminal/echo.h"
#include "shared/text/printable.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace chat {

namespace {

// The signal that ends the process, if one has come.
std::optional<int> ending(Signals& signals) {
    while (const auto signal = signals.next()) {
        if (*signal == SIGINT || *signal == SIGTERM || *signal == SIGHUP || *signal == SIGQUIT) return signal;
        if (*signal == SIGTSTP) stop_process(SIGTSTP);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> ask_password_on_terminal(Signals& signals, const std::string& name) {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return std::nullopt;
    Echo echo;
    echo.turn(false);
    std::fputs(printable(password_prompt(name)).c_str(), stderr);
    std::string line;
    bool is_complete = false;
    std::optional<int> signal;
    while (!is_complete && !(signal = ending(signals))) {
        std::array<pollfd, 2> waiting{pollfd{signals.fd(), POLLIN, 0}, pollfd{STDIN_FILENO, POLLIN, 0}};
        if (::poll(waiting.data(), waiting.size(), -1) < 0 || waiting[1].revents == 0) continue;
        // Byte by byte: what follows is not ours.
        char byte = 0;
        is_complete = ::read(STDIN_FILENO, &byte, 1) != 1 || byte == '\n';
        if (!is_complete) line += byte;
    }
    echo.turn(true);
    std::fputs("\n", stderr);
    if (signal) throw Interrupted{*signal};
    return line.empty() ? std::nullopt : std::optional(line);
}

}  // namespace chat
