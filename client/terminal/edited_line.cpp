// The edited line and the terminal: see edited_line.h.
#include "client/terminal/edited_line.h"

#include "client/terminal/terminal_type.h"

#include <readline/history.h>
#include <readline/readline.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace chat {

namespace {

constexpr std::size_t tab = 8;

// The columns of the next character, which is removed from `text`.
std::size_t take_columns(std::string_view& text, std::size_t column) {
    const auto first = static_cast<unsigned char>(text.front());
    wchar_t wide = 0;
    mbstate_t state{};
    const std::size_t size = ::mbrtowc(&wide, text.data(), text.size(), &state);
    const bool is_whole = size > 0 && size <= text.size();
    text.remove_prefix(is_whole ? size : 1);
    if (first == '\t') return tab - column % tab;
    if (first < ' ' || first == 0x7f) return 2;  // as ^X
    const int width = is_whole ? ::wcwidth(wide) : 1;
    return static_cast<std::size_t>(std::max(width, 0));
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
    ::rl_redisplay();
}

void empty_line() {
    ::rl_callback_sigcleanup();
    ::rl_clear_visible_line();
    ::rl_replace_line("", 1);
    ::using_history();
    redraw_line();
}

bool follow_width(bool has_line) {
    const auto rows = rows_after_resize(rewraps_lines());
    if (!rows || !has_line) return rows.has_value();
    ::fputs("\r", stdout);
    if (*rows > 0) std::fprintf(stdout, "\x1b[%zuA", *rows);
    ::fputs("\x1b[J", stdout);
    redraw_line();
    return true;
}

std::optional<std::size_t> rows_after_resize(bool rewraps) {
    int rows = 0;
    int before = 0;
    int now = 0;
    ::rl_get_screen_size(&rows, &before);
    ::rl_reset_screen_size();
    ::rl_get_screen_size(&rows, &now);
    if (now == before || now < 1 || before < 1) return std::nullopt;
    std::string shown(rl_display_prompt == nullptr ? "" : rl_display_prompt);
    shown.append(rl_line_buffer, static_cast<std::size_t>(rl_point));
    const std::size_t wrapped = rows_above_end(shown, static_cast<std::size_t>(now));
    return rewraps ? wrapped : std::min(wrapped, rows_above_end(shown, static_cast<std::size_t>(before)));
}

}  // namespace chat
