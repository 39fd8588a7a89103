// The progress of a transfer, for people: a bar with rate and time left.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace chat {

class Progress {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Progress(std::uint64_t size) : size_(size) {}
    // `done` bytes are there at `now`; fewer than before if the transfer had to go back.
    void update(std::uint64_t done, Clock::time_point now);
    [[nodiscard]] std::uint64_t done() const noexcept { return done_; }
    // Bytes per second overall; 0 if it was too quick to tell.
    [[nodiscard]] std::uint64_t rate() const;
    // [######........] 43 %, 12.3 MB/s, 4 s left
    [[nodiscard]] std::string bar() const;
    // 12.3 MB/s overall; empty if it was too quick to tell.
    [[nodiscard]] std::string average() const;

  private:
    std::uint64_t size_;
    std::uint64_t done_ = 0;
    std::uint64_t first_ = 0;  // bytes at the start
    Clock::time_point begin_{};
    Clock::time_point now_{};
};

}  // namespace chat
