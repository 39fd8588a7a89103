// The screen and the keyboard: what is typed comes in as lines, what others say goes out above the half-typed line.
#pragma once

#include "client/line_splitter.h"
#include "client/screen.h"
#include "client/style.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// What Tab can make of a word.
struct Candidates {
    std::vector<std::string> words;  // sorted, each once
    bool are_paths = false;          // the word is a path: the files are to be looked at
};

// With a terminal on standard input and output, lines are edited with GNU readline behind a prompt; otherwise, and
// where it is to be plain or the terminal is a dumb one, they are read as they come, without prompt, and nothing is
// ever drawn twice. One object at a time, for readline is one for the process.
//
// The terminal has the modes for editing from the start, so that what is typed ahead of the first prompt is not echoed
// where nobody wants it; stop() and the destructor give it its own ones back. Its signal keys keep working.
//
// It never waits for input: read() is called when input_fd() is readable. Writing waits for as long as the terminal
// takes nothing, until a signal comes.
class Terminal {
  public:
    // The longest line taken from input that is no terminal, in bytes; of a longer one only that is told.
    static constexpr std::size_t longest_line = std::size_t{64} * 1024;
    // As much as a pipe holds, at most, unless its writer asked for more.
    static constexpr std::size_t most_left_over = std::size_t{64} * 1024;

    // What to do with typed lines in the history that the arrow keys walk through.
    enum class History { keep, forget };

    struct Manner {
        bool plain = false;
        bool colours = true;  // where standard output is a terminal that has them
        bool title = true;    // title() does something
    };
    // For the words that Tab can make of `word`, with the line up to it.
    using Completer = std::function<Candidates(std::string_view before, std::string_view word)>;

    explicit Terminal(Manner manner);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    // Somebody can be asked again: standard input is a terminal.
    [[nodiscard]] bool has_person() const noexcept { return person_; }

    [[nodiscard]] int input_fd() const noexcept;
    // Lines are edited: there is a prompt, and Tab.
    [[nodiscard]] bool edits() const noexcept { return editing_; }
    // Wants a line: shows the prompt `NAME> ` where there is none, or another one. It goes again with each line that is
    // entered.
    void prompt(History history, std::string_view name = {});
    // From now on Tab completes lines that are kept in the history; before it is a character.
    void complete_with(Completer completer);
    // Takes what is typed; for when input_fd() is readable.
    void read();
    // The next line that was entered, or nothing.
    [[nodiscard]] std::optional<LineSplitter::Line> next_line();
    // No more input is wanted: makes lines of what is there already, without waiting and up to most_left_over bytes, an
    // unfinished one included. False: there is more. For input that is not edited.
    [[nodiscard]] bool read_left_over();
    // The input has come to its end, and next_line() has given out all there was.
    [[nodiscard]] bool at_end() const noexcept { return ended_ && typed_.empty(); }
    // A person who has ended the input is listened to again.
    void go_on() noexcept { ended_ = ended_ && !person_; }
    // No more typing for now: takes the prompt from the screen, where a half-typed line stays to be seen, and gives the
    // terminal its own modes back.
    void stop();

    // Something was typed since the last call.
    [[nodiscard]] bool touched() noexcept;

    // Puts one line up to be shown, whoever wrote it: it goes through printable().
    void show(std::string_view line, Look look = {}) { screen_.show(line, look); }
    // Rings the terminal's bell with the next refresh().
    void ring() { screen_.ring(); }
    // Names the terminal's window with the next refresh(); what it was called before comes back in the end.
    void title(std::string_view text) { screen_.title(text); }
    // Writes what was put up, and draws the half-typed line again.
    void refresh();
    // Nobody reads what is shown: standard output is broken.
    [[nodiscard]] bool output_lost() const noexcept { return screen_.is_lost(); }

    // Does what SIGTSTP (gives the terminal back and stops the process), SIGCONT and SIGWINCH ask for; false: the
    // signal is none of these.
    [[nodiscard]] bool handle_signal(int signal);

  private:
    void take_prompt_away();
    void suspend();
    void resume();
    static void entered(char* line);
    static char** completed(const char* word, int begin, int end);
    void read_plain();

    bool person_;
    bool editing_;  // readline is in use
    Screen screen_;
    bool has_terminal_ = false;  // the terminal has the modes that readline needs
    bool prompted_ = false;      // readline shows its prompt now
    bool ended_ = false;
    bool left_behind_ = false;  // what was typed stands above, where the terminal was given away
    bool touched_ = false;
    std::string prompt_;  // as shown
    Completer completer_;
    History history_ = History::forget;
    std::deque<LineSplitter::Line> typed_;
    LineSplitter plain_input_;
};

}  // namespace chat
