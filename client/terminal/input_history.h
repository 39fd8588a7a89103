// What was typed before: the lines that the arrow keys recall, across starts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace chat {

// $XDG_STATE_HOME/chat/history, or ~/.local/state/chat/history; empty if neither XDG_STATE_HOME nor HOME is set.
[[nodiscard]] std::string input_history_path();

// The history of GNU readline, and the file that only its owner can read. A file that cannot be read or written is done
// without.
class InputHistory {
  public:
    // `most` lines are recalled from the file; 0 or an empty path: there is no file.
    InputHistory(std::string path, std::size_t most) : path_(most == 0 ? "" : std::move(path)), most_(most) {}

    // Reads the file; call it once, before remember(). A file with many more lines than that is shortened.
    void load() const;
    // Adds each line of an input, unless it is the one before it or has a password or a token.
    void remember(std::string_view input) const;

  private:
    std::string path_;
    std::size_t most_;
};

}  // namespace chat
