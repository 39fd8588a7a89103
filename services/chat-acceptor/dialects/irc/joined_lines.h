// A text that a client sends in several lines, between BATCH + and BATCH - (IRCv3 draft/multiline). Parsing only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chat::irc {

// What the capability says. Line breaks count, what the lines have around their texts does not.
inline constexpr std::size_t most_joined_bytes = 4096;
inline constexpr std::size_t most_joined_lines = 24;
inline constexpr std::size_t longest_reference = 64;

// Letters, digits and dashes.
[[nodiscard]] bool is_batch_reference(std::string_view word) noexcept;

struct Line;

class JoinedLines {
  public:
    // `following`: what comes after the line that has opened the batch.
    JoinedLines(std::string_view reference, std::string_view target, std::string_view following);

    enum class End : std::uint8_t {
        whole,
        missing,  // BATCH - has not come
        // What is wrong with it; lines that may follow are not looked at.
        interrupted,      // by a line that does not belong to the batch, and is not consumed with it
        other_reference,  // the tag of another batch
        other_command,    // not PRIVMSG, or not NOTICE, like the line before
        other_target,
        unreadable,   // too long, or not text
        blank_joint,  // a line that is to be joined with the one before it has no text
        ctcp,
        too_many_lines,
        too_many_bytes,
        blank,  // no line has a text
    };
    [[nodiscard]] End end() const noexcept { return end_; }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    // Offsets into the text where a line was joined with the one before it.
    [[nodiscard]] const std::vector<std::uint16_t>& joints() const noexcept { return joints_; }
    [[nodiscard]] bool is_notice() const noexcept { return is_notice_; }
    // Bytes of the longest line's text.
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }
    [[nodiscard]] std::size_t lines() const noexcept { return lines_; }
    // Bytes of `following` that belong to it.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    // The target of the last line.
    [[nodiscard]] std::string_view target() const noexcept { return target_; }

  private:
    [[nodiscard]] End join(std::string_view reference, std::string_view target, std::string_view following);
    // `missing`: go on.
    [[nodiscard]] End add(std::string_view text, const Line& line, std::string_view reference, std::string_view target);

    std::string text_;
    std::vector<std::uint16_t> joints_;
    std::string_view target_;
    std::size_t lines_ = 0;
    std::size_t longest_ = 0;
    std::size_t used_ = 0;
    bool is_notice_ = false;
    End end_;
};

}  // namespace chat::irc
