// How readline behaves in the chat: see readline_setup.h.
#include "client/terminal/readline_setup.h"

#include <readline/history.h>
#include <readline/keymaps.h>
#include <readline/readline.h>

#include <algorithm>
#include <array>
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

// Only the prompt.
void display_hidden() {
    const int end = std::exchange(rl_end, 0);
    const int point = std::exchange(rl_point, 0);
    const char first = std::exchange(*rl_line_buffer, '\0');
    ::rl_redisplay();
    *rl_line_buffer = first;
    rl_end = end;
    rl_point = point;
}

// Unlike unix-line-discard, without a copy that can be inserted again.
int discard_line(int /*count*/, int /*key*/) {
    ::rl_replace_line("", 1);
    rl_point = 0;
    return 0;
}

int do_nothing(int /*count*/, int /*key*/) {
    return 0;
}

// No history, no search, no kill ring.
Keymap keys_of_hidden_line() {
    constexpr int first_printable = ' ';
    constexpr int rubout = 0x7F;
    constexpr int backspace = 'H' - '@';
    constexpr int end_of_input = 'D' - '@';
    constexpr std::array discarding = {'U' - '@', 'W' - '@'};
    const Keymap keys = ::rl_make_bare_keymap();
    for (int key = first_printable; key < KEYMAP_SIZE - 1; ++key) ::rl_bind_key_in_map(key, ::rl_insert, keys);
    for (const int key : {rubout, backspace}) ::rl_bind_key_in_map(key, ::rl_rubout, keys);
    for (const int key : {'\r', '\n'}) ::rl_bind_key_in_map(key, accept_line, keys);
    for (const int key : discarding) ::rl_bind_key_in_map(key, discard_line, keys);
    ::rl_bind_key_in_map(end_of_input, ::rl_delete, keys);
    ::rl_bind_keyseq_in_map("\x1b[200~", insert_paste, keys);
    // Otherwise the last character of what these keys send would be inserted.
    for (const char* key : {"\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[2~", "\x1b[3~", "\x1b[5~",
                            "\x1b[6~", "\x1bOA", "\x1bOB", "\x1bOC", "\x1bOD", "\x1bOH", "\x1bOF"})
        ::rl_bind_keyseq_in_map(key, do_nothing, keys);
    return keys;
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

void hide_line(bool on) {
    static const Keymap hidden_keys = keys_of_hidden_line();
    static Keymap shown_keys = nullptr;
    static int shown_mode = 0;
    const bool is_on = rl_redisplay_function == display_hidden;
    if (on == is_on) return;
    if (on) {
        shown_keys = ::rl_get_keymap();
        shown_mode = std::exchange(rl_editing_mode, 1);
        ::rl_set_keymap(hidden_keys);
    } else {
        (void)discard_line(0, 0);
        rl_editing_mode = shown_mode;
        ::rl_set_keymap(shown_keys);
    }
    rl_redisplay_function = on ? display_hidden : ::rl_redisplay;
}

}  // namespace chat
