// The time before each line, and a line of its own when a day begins.
#pragma once

#include <ctime>
#include <optional>
#include <string>

namespace chat {

class Timestamps {
  public:
    explicit Timestamps(bool are_shown) : are_shown_(are_shown) {}
    [[nodiscard]] bool are_shown() const noexcept { return are_shown_; }

    // Before a line: `09:05 `, local; empty if times are not shown.
    [[nodiscard]] std::string stamp(std::time_t now) const;
    // A line to show first if this is the first time of another day than the one before: `Sunday, 29 November 2026`.
    [[nodiscard]] std::optional<std::string> day(std::time_t now);

  private:
    bool are_shown_;
    std::optional<std::tm> last_;
};

}  // namespace chat
