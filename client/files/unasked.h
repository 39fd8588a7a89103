// How much one sender may send without being asked about.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace chat {

class Unasked {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::hours period{1};
    // A file counts as at least this, so that many small ones are asked about too.
    static constexpr std::uint64_t least = 1'000'000;
    // All senders together may send this many times what one may: whoever connects again has another id and name.
    static constexpr std::uint64_t senders = 4;

    // Counts a file of `size` bytes, if the total of its sender in the last hour stays within `most`. A sender is the
    // same if the id or the name is.
    [[nodiscard]] bool take(std::string_view id, std::string_view name, std::uint64_t size, std::uint64_t most,
                            Clock::time_point now);

  private:
    struct Taken {
        std::string id;
        std::string name;
        std::uint64_t size;
        Clock::time_point at;
    };
    std::deque<Taken> taken_;
};

}  // namespace chat
