// The edited line and the terminal: see edited_line.h.
#include "client/terminal/edited_line.h"

#include "client/net/deadline.h"
#include "client/terminal/columns.h"
#include "client/terminal/terminal_type.h"

#include <poll.h>
#include <readline/history.h>
#include <readline/readline.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

namespace chat {

namespace {

// A terminal may wrap its lines again some time before it reports another width; tmux takes up to 250 ms.
constexpr std::chrono::milliseconds settling_time{400};

// If the terminal has another width than before: the number of rows that the edited line takes above the cursor now, or
// fewer where that is not certain. `rewraps`: the terminal wraps lines again.
std::optional<std::size_t> rows_after_resize(bool rewraps) {
    int rows = 0;
    int before = 0;
    int now = 0;
    ::rl_get_screen_size(&rows, &before);
    ::rl_reset_screen_size();
    ::rl_get_screen_size(&rows, &now);
    if (now == before || now < 1 || before < 1) return std::nullopt;
    std::string shown(rl_display_prompt == nullptr ? "" : rl_display_prompt);
    if (rl_redisplay_function == ::rl_redisplay) shown.append(rl_line_buffer, static_cast<std::size_t>(rl_point));
    const std::size_t wrapped = rows_above_end(shown, static_cast<std::size_t>(now));
    return rewraps ? wrapped : std::min(wrapped, rows_above_end(shown, static_cast<std::size_t>(before)));
}

}  // namespace

void keep_terminal() {}

void take_terminal() {
    (*rl_prep_term_function)(1);
}

void restore_terminal() {
    // At the end of input readline would start a new row of the screen here.
    rl_eof_found = 0;
    ::rl_deprep_terminal();
}

bool is_in_foreground() {
    const pid_t group = ::tcgetpgrp(STDIN_FILENO);
    return group < 0 || group == ::getpgrp();
}

std::size_t rows_above_end(std::string_view text, std::size_t columns) {
    std::size_t row = 0;
    std::size_t column = 0;
    while (!text.empty()) {
        if (text.front() == RL_PROMPT_START_IGNORE) {
            text.remove_prefix(std::min(text.find(RL_PROMPT_END_IGNORE), text.size() - 1) + 1);
            continue;
        }
        const std::size_t width = take_columns(text, column);
        if (column + width > columns) {
            ++row;
            column = 0;
        }
        column += width;
    }
    return row;
}

void redraw_line() {
    ::rl_on_new_line();
    (*rl_redisplay_function)();
}

void empty_line() {
    ::rl_callback_sigcleanup();
    ::rl_clear_visible_line();
    ::rl_replace_line("", 1);
    ::using_history();
    redraw_line();
}

bool has_input() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return ::poll(&input, 1, 0) == 1;
}

void LineWidth::follow(bool has_line) {
    const auto rows = rows_after_resize(rewraps_lines());
    if (!rows) return;
    settled_at_ = std::chrono::steady_clock::now() + settling_time;
    if (!has_line) return;
    ::fputs("\r", stdout);
    if (*rows > 0) std::fprintf(stdout, "\x1b[%zuA", *rows);
    ::fputs("\x1b[J", stdout);
    redraw_line();
}

int LineWidth::milliseconds_left() const noexcept {
    return milliseconds_until(settled_at_);
}

}  // namespace chat
