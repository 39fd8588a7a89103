// The screen and the keyboard: see terminal.h. The only file that knows readline.
#include "client/terminal.h"

#include "shared/printable.h"
#include "client/signals.h"

#include <poll.h>
#include <readline/history.h>
#include <readline/readline.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace chat {

namespace {

constexpr int longest_history = 1000;

// readline calls back without a word about whom.
Terminal* current = nullptr;

// readline would give the terminal back between any two lines; what is typed just then would be echoed twice, and ^R or
// ^W be taken by the kernel. It is given back where the typing ends: see give_terminal_back().
void keep_terminal() {}

void give_terminal_back() {
    // At the end of input readline starts a new row of the screen here, for itself.
    rl_eof_found = 0;
    ::rl_deprep_terminal();
}

void remember(const char* line) {
    const HIST_ENTRY* latest = history_length > 0 ? ::history_get(history_base + history_length - 1) : nullptr;
    if (latest == nullptr || std::string_view(latest->line) != line) ::add_history(line);
}

enum class Written { all, interrupted, nobody_reads };

// Waits as long as it takes, or until a signal wants the process to end.
Written write_all(std::string_view text) {
    // First what readline has written.
    if (::fflush(stdout) != 0) return errno == EINTR ? Written::interrupted : Written::nobody_reads;
    while (!text.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count >= 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EINTR) {
            return Written::interrupted;
        } else if (errno == EAGAIN) {
            // Somebody else who has this terminal made it non-blocking.
            pollfd waiting{STDOUT_FILENO, POLLOUT, 0};
            if (::poll(&waiting, 1, -1) < 0) return Written::interrupted;
        } else {
            return Written::nobody_reads;
        }
    }
    return Written::all;
}

}  // namespace

Terminal::Terminal()
    : person_(::isatty(STDIN_FILENO) == 1),
      editing_(person_ && ::isatty(STDOUT_FILENO) == 1),
      plain_input_(longest_line) {
    current = this;
    if (!editing_) return;
    rl_readline_name = "chat-client";
    rl_instream = stdin;
    rl_outstream = stdout;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_inhibit_completion = 1;
    rl_deprep_term_function = keep_terminal;
    ::using_history();
    ::stifle_history(longest_history);
}

Terminal::~Terminal() {
    stop();
    refresh();
    current = nullptr;
}

int Terminal::input_fd() const noexcept {
    return STDIN_FILENO;
}

void Terminal::prompt(History history) {
    history_ = history;
    if (!editing_ || prompted_ || ended_) return;
    prompted_ = true;
    ::rl_callback_handler_install("> ", entered);
}

// Called by readline. The prompt goes at once, so that it is not drawn again behind a line that leaves.
void Terminal::entered(char* line) {
    Terminal& terminal = *current;
    if (line == nullptr) {
        terminal.ended_ = true;
        terminal.stop();
        return;
    }
    terminal.prompted_ = false;
    ::rl_callback_handler_remove();
    if (*line != '\0' && terminal.history_ == History::keep) remember(line);
    // A paste can bring several lines in one.
    std::string_view rest(line);
    for (;;) {
        const std::size_t end = rest.find_first_of("\r\n");
        terminal.typed_.emplace_back(rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    std::free(line);
}

void Terminal::read() {
    if (prompted_) {
        ::rl_callback_read_char();
    } else if (!editing_) {
        read_plain();
    }
}

void Terminal::read_plain() {
    std::array<char, std::size_t{16} * 1024> bytes;  // not initialised: filled by read
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count > 0) {
        plain_input_.add({bytes.data(), static_cast<std::size_t>(count)});
        while (const auto line = plain_input_.next()) take(*line);
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        ended_ = true;
        while (const auto line = plain_input_.last()) take(*line);
    }
}

void Terminal::take(const LineSplitter::Line& line) {
    if (line.too_long) {
        show("A line of more than " + std::to_string(longest_line) + " bytes was not sent.");
    } else {
        typed_.push_back(line.text);
    }
}

std::optional<std::string> Terminal::next_line() {
    if (typed_.empty()) return std::nullopt;
    std::string line = std::move(typed_.front());
    typed_.pop_front();
    return line;
}

void Terminal::stop() {
    if (!editing_) return;
    if (prompted_) take_prompt_away();
    give_terminal_back();
    ::fflush(stdout);
}

void Terminal::take_prompt_away() {
    prompted_ = false;
    if (rl_end == 0) {
        ::rl_clear_visible_line();
    } else {
        rl_point = rl_end;
        ::rl_redisplay();
        ::fputc('\n', stdout);
    }
    ::rl_callback_handler_remove();
}

void Terminal::show(std::string_view line) {
    to_show_ += printable(line);
    to_show_ += '\n';
}

void Terminal::refresh() {
    if (to_show_.empty()) return;
    if (prompted_) ::rl_clear_visible_line();
    const Written outcome = output_lost_ ? Written::nobody_reads : write_all(to_show_);
    output_lost_ = outcome == Written::nobody_reads;
    to_show_.clear();
    if (prompted_ && outcome == Written::all) {
        ::rl_on_new_line();
        ::rl_redisplay();
    }
}

bool Terminal::handle_signal(int signal) {
    switch (signal) {
        case SIGTSTP:
            suspend();
            resume();
            return true;
        case SIGCONT:
            resume();
            return true;
        case SIGWINCH:
            if (prompted_) ::rl_resize_terminal();
            return true;
        default:
            return false;
    }
}

void Terminal::suspend() {
    if (prompted_) {
        ::fputc('\n', stdout);
        left_behind_ = true;
    }
    if (editing_) give_terminal_back();
    ::fflush(stdout);
    stop_process(SIGTSTP);
}

void Terminal::resume() {
    if (!prompted_) return;
    // Whoever had the terminal in between may have changed its modes.
    give_terminal_back();
    (*rl_prep_term_function)(1);
    if (!left_behind_) ::rl_clear_visible_line();
    left_behind_ = false;
    ::rl_on_new_line();
    ::rl_forced_update_display();
}

}  // namespace chat
