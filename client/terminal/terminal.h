// Screen and keyboard: typed text comes in as lines, and what others say is shown above the half-typed line.
#pragma once

#include "client/net/line_splitter.h"
#include "client/terminal/echo.h"
#include "client/terminal/edited_line.h"
#include "client/terminal/input_history.h"
#include "client/terminal/plain_input.h"
#include "client/terminal/readline_matches.h"
#include "client/terminal/screen.h"
#include "client/terminal/secret_words.h"
#include "client/terminal/style.h"
#include "client/terminal/typed_lines.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

// With a terminal on standard input and output, lines are edited with GNU readline behind a prompt. Otherwise, and for
// `plain` or a dumb terminal, they are read as they come, without a prompt, and nothing is ever redrawn. One object at
// a time, since readline's state is global.
//
// The terminal is in editing mode from the start, so that what is typed before the first prompt is not echoed; stop()
// and the destructor restore its modes. Its signal keys keep working.
//
// It never waits for input: call read() when input_fd() is readable. Writing waits while the terminal accepts nothing,
// until a signal comes.
class Terminal {
  public:
    // The longest line taken from input that is not a terminal, in bytes; longer lines are reported, not delivered.
    static constexpr std::size_t longest_line = std::size_t{64} * 1024;
    // The capacity of a pipe, unless its writer asked for more.
    static constexpr std::size_t max_remaining = std::size_t{64} * 1024;

    // Whether typed lines go into the history that the arrow keys recall; `hide`: they are not shown either.
    enum class History { keep, forget, hide };

    struct Options {
        bool plain = false;
        bool colours = true;            // where standard output is a terminal that has them
        bool title = true;              // title() does something
        bool wraps = false;             // while lines are edited, shown ones are broken between words
        std::string history_path = {};  // see InputHistory
        std::size_t history_lines = 0;
    };
    explicit Terminal(Options options);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    // A person can be asked: standard input is a terminal.
    [[nodiscard]] bool is_interactive() const noexcept { return interactive_; }

    // -1: there is nothing to read, because a shell has put us into the background.
    [[nodiscard]] int input_fd() const noexcept;
    // Milliseconds until refresh() must be called even if nothing happens; -1: never.
    [[nodiscard]] int poll_timeout() const noexcept;
    // Lines are edited: there is a prompt, and Tab.
    [[nodiscard]] bool is_editing() const noexcept { return editing_; }
    // Standard output is a terminal.
    [[nodiscard]] bool shows_on_terminal() const noexcept { return screen_.is_terminal(); }
    // Shows the prompt `NAME> `, in place of another one if there is one, with a note before it. It disappears with
    // each line that is entered. A hidden prompt is NAME alone; what stood at the one before belongs to it.
    void prompt(History history, std::string_view name = {}, std::string_view note = {});
    // From now on Tab completes lines that are kept in the history; before that it is an ordinary character.
    void complete_with(Completer completer);
    // From now on many lines at once, where they are kept in the history, are a paste, which next_paste() returns;
    // before that they are lines like others.
    void keep_pastes_apart() noexcept { keeps_pastes_ = true; }
    // Reads what was typed; call it when input_fd() is readable.
    void read();
    // The next line that was entered, or nothing: there is none, or a paste comes first.
    [[nodiscard]] std::optional<LineSplitter::Line> next_line();
    // The lines of the paste that was entered next, or nothing.
    [[nodiscard]] std::optional<std::vector<std::string>> next_paste();
    // Shows the line that next_line() returned last as it was typed, with *** for a password. While lines are edited,
    // an entered line disappears from the screen; otherwise this does nothing.
    void show_typed() { show_typed(masked(last_.line.text)); }
    // The same with other words in its place.
    void show_typed(std::string_view words);
    // How many lines were entered that next_line() has not returned.
    [[nodiscard]] std::size_t lines_entered() const noexcept { return typed_.size(); }
    // Before the end: turns input that is there already into lines, without waiting and up to max_remaining bytes,
    // including an unfinished one. False: there is more. For input that is not edited.
    [[nodiscard]] bool read_remaining();
    // The input has ended, and next_line() has returned all of it.
    [[nodiscard]] bool at_end() const noexcept { return ended_ && typed_.empty(); }
    // Continues reading after a person has ended the input.
    void resume_input() noexcept { ended_ = ended_ && !interactive_; }
    // Stops editing: removes the prompt from the screen, leaves a half-typed line visible, and restores the terminal's
    // modes.
    void stop();

    // Empties the line that is being typed. False: it was empty, or lines are not edited.
    [[nodiscard]] bool clear_line();

    // Clears the window; what has scrolled away stays.
    void clear_screen() { screen_.clear(); }

    // Something was typed since the last call.
    [[nodiscard]] bool had_activity() noexcept { return std::exchange(activity_, false); }

    // Queues one line to be shown, from whatever source: it goes through printable(). `looks`: of its parts, in order.
    void show(std::string_view line, Look look = {}) { screen_.show(line, {&look, 1}); }
    void show(std::string_view line, const std::vector<Look>& looks) { screen_.show(line, looks); }
    // Rings the terminal's bell at the next refresh().
    void ring() { screen_.ring(); }
    // Sets the window's title at the next refresh(); the title it had before is restored at the end.
    void title(std::string_view text) { screen_.title(text); }
    // Writes what is queued, and redraws the half-typed line.
    void refresh();
    // Standard output is broken: nobody reads what is shown.
    [[nodiscard]] bool output_lost() const noexcept { return screen_.is_lost(); }

    // Handles SIGTSTP (restores the terminal and stops the process), SIGCONT and SIGWINCH; false for any other signal.
    [[nodiscard]] bool handle_signal(int signal);

  private:
    void remove_prompt();
    // The size has just changed: what is shown now might erase what others have said.
    [[nodiscard]] bool is_unsettled() const noexcept;
    void suspend();
    void resume();
    static void entered(char* line);
    static void pasted();
    [[nodiscard]] bool may_be_pasted() const noexcept { return keeps_pastes_ && history_ == History::keep; }
    [[nodiscard]] std::string prompt_words() const { return prompt_name_ + (history_ == History::hide ? "" : "> "); }
    void read_plain();

    bool interactive_;
    bool editing_;  // readline is in use
    Screen screen_;
    InputHistory past_;
    bool has_terminal_ = false;  // the terminal is in editing mode
    bool prompted_ = false;      // readline shows its prompt
    bool ended_ = false;
    bool in_background_ = false;
    bool left_behind_ = false;  // the half-typed line was left on the screen when we were stopped
    bool activity_ = false;
    LineWidth width_;
    std::string prompt_;  // as shown
    std::string prompt_name_;
    TypedLines::Entry last_;  // what next_line() has returned
    bool completes_ = false;
    History history_ = History::forget;
    bool keeps_pastes_ = false;
    Echo echo_;
    TypedLines typed_;
    PlainInput plain_input_;
};

}  // namespace chat
