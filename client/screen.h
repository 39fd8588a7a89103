// Standard output: the lines, the bell and the window title that were put up, and how they get out to a terminal that
// may take nothing for a while.
#pragma once

#include "client/style.h"

#include <string>
#include <string_view>

namespace chat {

class Screen {
  public:
    struct Features {
        bool is_terminal = false;
        bool colours = false;
        bool titles = false;  // title() does something
    };
    explicit Screen(Features features) : features_(features) {}

    [[nodiscard]] bool has_colours() const noexcept { return features_.colours; }
    // Nobody reads what is shown: standard output is broken.
    [[nodiscard]] bool is_lost() const noexcept { return is_lost_; }

    // Puts one line up to be shown, whoever wrote it: it goes through printable().
    void show(std::string_view line, Look look);
    // Rings the bell with the next write_title_and_bell().
    void ring() { ring_ = true; }
    // Names the window then; restore_title() gives it the name it had before.
    void title(std::string_view text);
    void restore_title();

    // What was put up and moves no cursor.
    void write_title_and_bell();
    [[nodiscard]] bool has_lines() const noexcept { return !to_show_.empty(); }
    // Writes the lines. Waits as long as it takes, or until a signal wants the process to end. False: not all were
    // written, and what is left of them is forgotten.
    [[nodiscard]] bool write_lines();

  private:
    Features features_;
    bool is_lost_ = false;
    bool ring_ = false;
    bool title_changed_ = false;
    bool title_set_ = false;  // the one before is kept by the terminal
    std::string title_;
    std::string to_show_;
};

}  // namespace chat
