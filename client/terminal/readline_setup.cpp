// How readline behaves in the chat: see readline_setup.h.
#include "client/terminal/readline_setup.h"

#include <readline/history.h>
#include <readline/keymaps.h>
#include <readline/readline.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

namespace chat {

namespace {

constexpr int shortest_history = 1000;  // of lines typed since the start

// As accept-line, which leaves the line on the screen unless it is empty and readline is told to erase it.
int accept_line(int count, int key) {
    ::rl_clear_visible_line();
    const int end = std::exchange(rl_end, 0);
    const int point = std::exchange(rl_point, 0);
    rl_erase_empty_line = 1;
    const int result = ::rl_newline(count, key);
    rl_end = end;
    rl_point = point;
    return result;
}

void (*when_pasted)() = nullptr;

int insert_paste(int count, int key) {
    const int result = ::rl_bracketed_paste_begin(count, key);
    when_pasted();
    return result;
}

// Whatever key the person's own settings have bound to it.
void erase_accepted_lines() {
    for (Keymap keys : {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap}) {
        for (int key = 0; key < KEYMAP_SIZE; ++key) {
            KEYMAP_ENTRY& entry = keys[key];
            if (entry.type == ISFUNC && entry.function == ::rl_newline) entry.function = accept_line;
        }
    }
}

}  // namespace

void set_up_readline(char** (*complete)(const char* word, int begin, int end), void (*pasted)(), void (*keep_modes)(),
                     std::size_t history_lines) {
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
    rl_deprep_term_function = keep_modes;
    ::using_history();
    ::stifle_history(std::max(shortest_history, static_cast<int>(history_lines)));
    // Before the modes are set: this reads the person's own readline settings.
    ::rl_initialize();
    erase_accepted_lines();
    when_pasted = pasted;
    for (Keymap keys : {emacs_standard_keymap, vi_insertion_keymap})
        ::rl_bind_keyseq_in_map("\x1b[200~", insert_paste, keys);
}

}  // namespace chat
