// Settings of GNU readline: see readline_setup.h.
#include "client/terminal/readline_setup.h"

#include <readline/history.h>
#include <readline/readline.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace chat {

namespace {

constexpr int longest_history = 1000;
constexpr std::size_t tab = 8;

void keep_terminal() {}

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

void set_up_readline(char** (*complete)(const char* word, int begin, int end)) {
    rl_readline_name = "chat-client";
    rl_instream = stdin;
    rl_outstream = stdout;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_inhibit_completion = 1;
    rl_attempted_completion_function = complete;
    rl_completer_word_break_characters = " \t";
    rl_completer_quote_characters = "";
    ::rl_variable_bind("completion-ignore-case", "on");
    ::rl_variable_bind("completion-query-items", "0");
    ::rl_variable_bind("page-completions", "off");
    ::rl_variable_bind("show-all-if-ambiguous", "on");
    rl_deprep_term_function = keep_terminal;
    ::using_history();
    ::stifle_history(longest_history);
    // Before the modes are set: this reads the person's own readline settings.
    ::rl_initialize();
    take_terminal();
}

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
