// A message of SASL that takes several lines of AUTHENTICATE. Parsing only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chat::irc {

inline constexpr std::size_t longest_chunk = 400;     // bytes; one of this length is continued in the next line
inline constexpr std::size_t longest_message = 1024;  // bytes of base64; a password of 512 takes less

class JoinedChunks {
  public:
    // `first`: a chunk of the greatest length. `following`: what comes after its line.
    JoinedChunks(std::string_view first, std::string_view following);
    JoinedChunks(const JoinedChunks&) = delete;
    JoinedChunks& operator=(const JoinedChunks&) = delete;
    // Leaves nothing of the message in memory.
    ~JoinedChunks();

    enum class End : std::uint8_t {
        whole,
        missing,   // the next line has not come, or is another command
        aborted,   // AUTHENTICATE *
        too_long,  // the message, or a chunk
    };
    [[nodiscard]] End end() const noexcept { return end_; }
    [[nodiscard]] std::string_view message() const noexcept { return {bytes_.data(), size_}; }
    // Bytes of `following` that belong to it.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    // Another command has come: its end will not come any more.
    [[nodiscard]] bool is_interrupted() const noexcept { return is_interrupted_; }

  private:
    [[nodiscard]] bool add(std::string_view chunk) noexcept;
    [[nodiscard]] End join(std::string_view following);

    std::array<char, longest_message> bytes_{};
    std::size_t size_ = 0;
    std::size_t used_ = 0;
    bool is_interrupted_ = false;
    End end_;
};

}  // namespace chat::irc
