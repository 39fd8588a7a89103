// Standard input that is not edited: lines as they come.
#pragma once

#include "client/net/line_splitter.h"

#include <cstddef>
#include <optional>

namespace chat {

class PlainInput {
  public:
    // Longer lines are reported, not delivered.
    explicit PlainInput(std::size_t longest_line) : lines_(longest_line) {}

    // Reads some of what is there; waits if there is nothing. False: the input has ended.
    [[nodiscard]] bool read();
    // Reads, without waiting, what is there already, up to about `most` bytes. False: there is more.
    [[nodiscard]] bool read_remaining(std::size_t most);
    // The next line, or nothing; after the end of the input also an unfinished one.
    [[nodiscard]] std::optional<LineSplitter::Line> next() { return ended_ ? lines_.last() : lines_.next(); }
    // The same, and an unfinished one counts as a line.
    [[nodiscard]] std::optional<LineSplitter::Line> last() { return lines_.last(); }

  private:
    LineSplitter lines_;
    bool ended_ = false;
};

}  // namespace chat
