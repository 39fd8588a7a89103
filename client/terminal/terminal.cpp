// Screen and keyboard: see terminal.h.
#include "client/terminal/terminal.h"

#include "client/process.h"
#include "client/terminal/readline_setup.h"
#include "client/terminal/terminal_type.h"

#include <readline/readline.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace chat {

namespace {

constexpr int look_at_foreground_ms = 200;

// readline's callbacks carry no context.
Terminal* current = nullptr;

}  // namespace

Terminal::Terminal(Options options)
    : interactive_(::isatty(STDIN_FILENO) == 1),
      editing_(interactive_ && ::isatty(STDOUT_FILENO) == 1 && !options.plain && !is_dumb_terminal()),
      screen_({.is_terminal = ::isatty(STDOUT_FILENO) == 1,
               .colours = options.colours && !options.plain && ::isatty(STDOUT_FILENO) == 1 && !is_dumb_terminal(),
               .titles = editing_ && options.title && has_window_title(),
               .wraps = editing_ && options.wraps}),
      past_(std::move(options.history_path), options.history_lines),
      plain_input_(longest_line) {
    current = this;
    if (!editing_) return;
    set_up_readline(matches_for_readline, pasted, keep_terminal, options.history_lines);
    take_terminal();
    past_.load();
    has_terminal_ = true;
}

Terminal::~Terminal() {
    stop();
    refresh();
    current = nullptr;
}

int Terminal::input_fd() const noexcept {
    return in_background_ ? -1 : STDIN_FILENO;
}

int Terminal::poll_timeout() const noexcept {
    if (in_background_) return look_at_foreground_ms;
    if (const int timeout = typed_.poll_timeout(); timeout >= 0) return timeout;
    return screen_.has_lines() && is_unsettled() ? width_.milliseconds_left() : -1;
}

bool Terminal::is_unsettled() const noexcept {
    return prompted_ && rl_end > 0 && width_.milliseconds_left() > 0;
}

void Terminal::prompt(History history, std::string_view name, std::string_view note) {
    history_ = history;
    rl_inhibit_completion = history == History::keep && completes_ ? 0 : 1;
    if (interactive_ && !editing_) echo_.turn(history != History::hide);
    if (!editing_ || ended_ || in_background_) return;
    const bool hides = history == History::hide;
    std::string words = hides ? std::string(name) : styled_prompt(name, screen_.has_colours(), note);
    if (prompted_ && words == prompt_) return;
    if (prompted_) ::rl_clear_visible_line();
    hide_line(hides);
    prompt_ = std::move(words);
    prompt_name_ = name;
    if (prompted_) {
        ::rl_set_prompt(prompt_.c_str());
        redraw_line();
    } else {
        prompted_ = true;
        has_terminal_ = true;
        ::rl_callback_handler_install(prompt_.c_str(), entered);
    }
}

void Terminal::complete_with(Completer completer) {
    set_completer(std::move(completer));
    completes_ = true;
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
    const bool is_kept = terminal.history_ == History::keep;
    terminal.typed_.enter(line, terminal.prompt_words(), is_kept, terminal.may_be_pasted() && has_input());
    if (!terminal.may_be_pasted()) terminal.typed_.release();
    std::free(line);
}

// Called by readline, when the terminal has marked what was pasted, before it is shown.
void Terminal::pasted() {
    Terminal& terminal = *current;
    if (!terminal.may_be_pasted() || count_written(lines_of(rl_line_buffer)) <= TypedLines::most_unasked) return;
    terminal.typed_.paste(rl_line_buffer);
    ::rl_replace_line("", 1);
    ::rl_deactivate_mark();
}

std::optional<std::vector<std::string>> Terminal::next_paste() {
    if (typed_.has_paste_ended()) {
        typed_.end_paste(prompted_ ? rl_line_buffer : "");
        if (prompted_ && rl_end > 0) empty_line();
    }
    return typed_.next_paste();
}

void Terminal::read() {
    activity_ = true;
    if (prompted_) {
        ::rl_callback_read_char();
        if (typed_.is_collecting()) typed_.settle(has_input());
    } else if (!editing_) {
        read_plain();
    }
}

void Terminal::read_plain() {
    ended_ = !plain_input_.read();
    while (auto line = plain_input_.next()) typed_.add({*std::move(line)});
}

bool Terminal::read_remaining() {
    const bool is_all = ended_ || plain_input_.read_remaining(max_remaining);
    while (auto line = is_all ? plain_input_.last() : plain_input_.next()) typed_.add({*std::move(line)});
    return is_all;
}

std::optional<LineSplitter::Line> Terminal::next_line() {
    auto entry = typed_.next_line();
    if (!entry) return std::nullopt;
    last_ = *std::move(entry);
    if (last_.prompt.empty()) last_.prompt = prompt_words();
    const bool is_kept = last_.is_kept && history_ != History::hide;
    if (is_kept && !last_.line.text.empty()) past_.remember(last_.line.text);
    return last_.line;
}

void Terminal::show_typed(std::string_view words) {
    if (editing_) show(last_.prompt + std::string(words), {Style::to_me, 0, last_.prompt.size()});
}

void Terminal::stop() {
    echo_.turn(true);
    if (!editing_) return;
    if (prompted_) remove_prompt();
    screen_.restore_title();
    if (std::exchange(has_terminal_, false) && is_in_foreground()) restore_terminal();
    ::fflush(stdout);
}

void Terminal::remove_prompt() {
    prompted_ = false;
    if (in_background_) {
        // The shell has the screen.
    } else if (rl_end == 0) {
        ::rl_clear_visible_line();
    } else {
        rl_point = rl_end;
        (*rl_redisplay_function)();
        ::fputc('\n', stdout);
    }
    ::rl_callback_handler_remove();
}

bool Terminal::clear_line() {
    if (!prompted_ || rl_end == 0) return false;
    activity_ = true;
    empty_line();
    return true;
}

void Terminal::refresh() {
    // A shell that continues us in the background brings us back without a signal.
    if (in_background_) resume();
    screen_.write_title_and_bell();
    if (editing_ && !in_background_ && screen_.has_lines()) width_.follow(prompted_);
    if (!screen_.has_lines() || is_unsettled()) return;
    const bool has_prompt = prompted_ && !in_background_;
    if (has_prompt) ::rl_clear_visible_line();
    if (screen_.write_lines() && has_prompt) redraw_line();
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
            if (editing_ && !in_background_) width_.follow(prompted_);
            return true;
        default:
            return false;
    }
}

void Terminal::suspend() {
    if (prompted_ && !in_background_) {
        ::fputc('\n', stdout);
        left_behind_ = true;
    }
    if (has_terminal_ && !in_background_) restore_terminal();
    ::fflush(stdout);
    echo_.turn(true);
    stop_process(SIGTSTP);
    if (interactive_ && !editing_) echo_.turn(history_ != History::hide);
}

void Terminal::resume() {
    if (!has_terminal_) return;
    in_background_ = !is_in_foreground();
    if (in_background_) return;
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
