// Lines that were entered and not taken yet, and large pastes among them.
#pragma once

#include "client/net/line_splitter.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class TypedLines {
  public:
    using Clock = std::chrono::steady_clock;
    // More lines at once than this, empty ones not counted, are a paste: the person is asked about it.
    static constexpr std::size_t most_unasked = 5;
    // A paste that the terminal does not mark ends with a pause of this length.
    static constexpr std::chrono::milliseconds pause{50};

    struct Entry {
        LineSplitter::Line line;
        std::string prompt = {};              // before which it was typed; empty: it was not seen
        bool is_kept = false;                 // goes into the history
        std::vector<std::string> paste = {};  // in place of a line
    };

    // Adds a line that is taken as it is.
    void add(Entry entry) { entries_.push_back(std::move(entry)); }
    // Adds the lines of a text that was entered while lines are edited. `more_follows`: further input was there
    // already. Nobody types six lines without one pause between them.
    void enter(std::string_view text, const std::string& prompt, bool is_kept, bool more_follows);
    // Input was read after enter(), or there was a pause.
    void settle(bool more_follows);
    // Adds a paste as a whole; empty lines at its end are left out.
    void paste(std::string_view text);
    // Where a paste is nothing special: what was entered is taken line by line.
    void release();
    // Lines may turn out to be a paste.
    [[nodiscard]] bool is_collecting() const noexcept { return !burst_.empty(); }
    // They have turned out to be one, and it is complete: take it with what stands in the edited line.
    [[nodiscard]] bool has_paste_ended() const;
    void end_paste(std::string_view rest);
    // Milliseconds until has_paste_ended() can change; -1: there is no paste.
    [[nodiscard]] int poll_timeout() const;

    [[nodiscard]] bool empty() const noexcept { return entries_.empty() && burst_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size() + burst_.size(); }
    [[nodiscard]] std::optional<Entry> next_line();
    [[nodiscard]] std::optional<std::vector<std::string>> next_paste();

  private:
    [[nodiscard]] bool is_paste() const noexcept { return written_ > most_unasked; }

    std::deque<Entry> entries_;
    std::deque<Entry> burst_;  // entered without a pause
    std::size_t written_ = 0;  // of them, those that are not empty
    Clock::time_point ends_at_{};
};

// The lines of a text, whatever ends them, and how many of them are not empty.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);
[[nodiscard]] std::size_t count_written(const std::vector<std::string>& lines);

}  // namespace chat
