// Standard output: queued lines, the bell and the window title, written to a terminal that may accept nothing for a
// while.
#pragma once

#include "client/terminal/style.h"

#include <span>
#include <string>
#include <string_view>

namespace chat {

class Screen {
  public:
    struct Features {
        bool is_terminal = false;
        bool colours = false;
        bool titles = false;  // title() does something
        bool wraps = false;   // lines are broken between words
    };
    explicit Screen(Features features) : features_(features) {}

    [[nodiscard]] bool is_terminal() const noexcept { return features_.is_terminal; }
    [[nodiscard]] bool has_colours() const noexcept { return features_.colours; }
    // Standard output is broken: nobody reads what is shown.
    [[nodiscard]] bool is_lost() const noexcept { return is_lost_; }

    // Queues one line to be shown, from whatever source: it goes through printable().
    void show(std::string_view line, std::span<const Look> looks);
    // Queues what clears the window; what has scrolled away stays. For a terminal that lines are edited on.
    void clear() { to_show_ += features_.wraps ? "\x1b[H\x1b[2J" : ""; }
    // Rings the bell at the next write_title_and_bell().
    void ring() { ring_ = true; }
    // Sets the window's title then; restore_title() restores the one it had before.
    void title(std::string_view text);
    void restore_title();

    // Writes what is queued of these. They do not move the cursor.
    void write_title_and_bell();
    [[nodiscard]] bool has_lines() const noexcept { return !to_show_.empty(); }
    // Writes the queued lines. Waits as long as necessary, or until a signal ends the process. False: not all were
    // written, and the rest is dropped.
    [[nodiscard]] bool write_lines();

  private:
    Features features_;
    bool is_lost_ = false;
    bool ring_ = false;
    bool title_changed_ = false;
    bool title_set_ = false;  // the terminal keeps the previous one
    std::string title_;
    std::string to_show_;
};

}  // namespace chat
