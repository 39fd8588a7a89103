// What had no effect or failed: a person sees it, and for a script it goes to standard error and into the exit status.
#pragma once

#include "client/terminal/terminal.h"

#include <cstddef>
#include <string>

namespace chat {

class Problems {
  public:
    explicit Problems(Terminal& terminal) : terminal_(terminal) {}

    // Something typed had no effect: a person sees `words`; for a script it is a failure, too.
    void report(const std::string& words);
    // The same for a line that was too long, and for lines of a paste; 0: nothing.
    void report_long_line();
    void report_paste(std::size_t lines);
    void fail() noexcept { failed_ = true; }
    // The exit status must report a failure.
    [[nodiscard]] bool has_failed() const noexcept { return failed_; }

  private:
    Terminal& terminal_;
    bool failed_ = false;
};

// `1 line`, `12 lines`
[[nodiscard]] std::string lines_in_words(std::size_t count);

}  // namespace chat
