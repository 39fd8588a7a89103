// Screen and keyboard: see terminal.h. The only file that calls readline.
#include "client/terminal/terminal.h"

#include "client/process.h"
#include "client/terminal/readline_matches.h"
#include "client/terminal/readline_setup.h"
#include "client/terminal/terminal_type.h"

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

constexpr std::size_t bytes_at_once = std::size_t{16} * 1024;

// readline's callbacks carry no context.
Terminal* current = nullptr;

// By default readline sets the terminal's modes at each prompt and restores them between lines; what is typed in
// between would be echoed twice, and the kernel would interpret ^R and ^W. We keep the modes from the start until
// typing ends.
void keep_terminal() {}

void take_terminal() {
    (*rl_prep_term_function)(1);
}

void restore_terminal() {
    // At the end of input readline would start a new row of the screen here.
    rl_eof_found = 0;
    ::rl_deprep_terminal();
}

}  // namespace

Terminal::Terminal(Options options)
    : interactive_(::isatty(STDIN_FILENO) == 1),
      editing_(interactive_ && ::isatty(STDOUT_FILENO) == 1 && !options.plain && !is_dumb_terminal()),
      screen_({.is_terminal = ::isatty(STDOUT_FILENO) == 1,
               .colours = options.colours && !options.plain && ::isatty(STDOUT_FILENO) == 1 && !is_dumb_terminal(),
               .titles = editing_ && options.title && has_window_title(),
               .wraps = editing_}),
      plain_input_(longest_line) {
    current = this;
    if (!editing_) return;
    set_up_readline(completed, keep_terminal);
    take_terminal();
    has_terminal_ = true;
}

Terminal::~Terminal() {
    stop();
    refresh();
    current = nullptr;
}

int Terminal::input_fd() const noexcept {
    return STDIN_FILENO;
}

void Terminal::prompt(History history, std::string_view name) {
    history_ = history;
    rl_inhibit_completion = history == History::keep && completer_ ? 0 : 1;
    if (!editing_ || ended_) return;
    std::string words = styled_prompt(name, screen_.has_colours());
    if (prompted_ && words == prompt_) return;
    prompt_ = std::move(words);
    prompt_name_ = name;
    if (prompted_) {
        ::rl_clear_visible_line();
        ::rl_set_prompt(prompt_.c_str());
        ::rl_on_new_line();
        ::rl_redisplay();
    } else {
        prompted_ = true;
        has_terminal_ = true;
        ::rl_callback_handler_install(prompt_.c_str(), entered);
    }
}

void Terminal::complete_with(Completer completer) {
    completer_ = std::move(completer);
}

// Called by readline, for the word from `begin` to the cursor.
char** Terminal::completed(const char* word, int begin, int /*end*/) {
    rl_attempted_completion_over = 1;
    const std::string_view line(rl_line_buffer);
    const Candidates candidates = current->completer_(line.substr(0, static_cast<std::size_t>(begin)), word);
    // The reader of a command takes a space at its end for a part of the last argument.
    rl_completion_append_character = candidates.end_line ? '\0' : ' ';
    return matches_for_readline(candidates.words);
}

// Called by readline. The prompt is removed at once, so that it is not redrawn after a line that leaves the chat.
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
    // A paste can contain several lines.
    std::string_view rest(line);
    for (;;) {
        const std::size_t end = rest.find_first_of("\r\n");
        terminal.typed_.push_back({{std::string(rest.substr(0, end)), false}, terminal.prompt_name_ + "> "});
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    std::free(line);
}

void Terminal::read() {
    activity_ = true;
    if (prompted_) {
        ::rl_callback_read_char();
    } else if (!editing_) {
        read_plain();
    }
}

void Terminal::read_plain() {
    std::array<char, bytes_at_once> bytes;  // not initialised: filled by read
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count > 0) {
        plain_input_.add({bytes.data(), static_cast<std::size_t>(count)});
        while (auto line = plain_input_.next()) typed_.push_back({*std::move(line), {}});
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        ended_ = true;
        while (auto line = plain_input_.last()) typed_.push_back({*std::move(line), {}});
    }
}

bool Terminal::read_remaining() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    for (std::size_t taken = 0; !ended_; taken += bytes_at_once) {
        if (::poll(&input, 1, 0) != 1) break;
        if (taken >= max_remaining) return false;
        read_plain();
    }
    while (auto line = plain_input_.last()) typed_.push_back({*std::move(line), {}});
    return true;
}

std::optional<LineSplitter::Line> Terminal::next_line() {
    if (typed_.empty()) return std::nullopt;
    last_ = std::move(typed_.front());
    typed_.pop_front();
    return last_.line;
}

void Terminal::show_typed() {
    if (editing_) show(last_.prompt + last_.line.text, {Style::to_me, 0, last_.prompt.size()});
}

void Terminal::stop() {
    if (!editing_) return;
    if (prompted_) remove_prompt();
    screen_.restore_title();
    if (std::exchange(has_terminal_, false)) restore_terminal();
    ::fflush(stdout);
}

void Terminal::remove_prompt() {
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

bool Terminal::clear_line() {
    if (!prompted_ || rl_end == 0) return false;
    activity_ = true;
    // Ends a search of the history, too.
    ::rl_callback_sigcleanup();
    ::rl_clear_visible_line();
    ::rl_replace_line("", 1);
    ::using_history();
    ::rl_on_new_line();
    ::rl_redisplay();
    return true;
}

void Terminal::refresh() {
    screen_.write_title_and_bell();
    if (!screen_.has_lines()) return;
    if (prompted_) ::rl_clear_visible_line();
    if (screen_.write_lines() && prompted_) {
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
    if (has_terminal_) restore_terminal();
    ::fflush(stdout);
    stop_process(SIGTSTP);
}

void Terminal::resume() {
    if (!has_terminal_) return;
    // Another program may have changed the terminal's modes in between.
    restore_terminal();
    take_terminal();
    if (!prompted_) return;
    if (!left_behind_) ::rl_clear_visible_line();
    left_behind_ = false;
    ::rl_on_new_line();
    ::rl_forced_update_display();
}

}  // namespace chat
