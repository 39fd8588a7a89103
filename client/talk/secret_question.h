// Questions for passwords and tokens, one after the other, until a command is complete.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class SecretQuestion {
  public:
    struct Step {
        std::string prompt;        // what stands before the cursor
        bool repeats = false;      // the answer has to be that of the step before, and is not part of the command
        bool is_optional = false;  // may be left empty
    };
    // The answers are appended to `command`, each after a space. At least one step.
    SecretQuestion(std::string command, std::vector<Step> steps)
        : command_(std::move(command)), steps_(std::move(steps)) {}

    [[nodiscard]] const std::string& prompt() const noexcept { return steps_[answers_.size()].prompt; }

    struct Answered {
        std::string problem = {};  // for the person; the question stays
        bool is_cancelled = false;
        std::optional<std::string> command = {};  // complete
    };
    [[nodiscard]] Answered answer(std::string_view typed);

  private:
    std::string command_;
    std::vector<Step> steps_;
    std::vector<std::string> answers_;
};

}  // namespace chat
