// A connection that was lost is made again: one attempt after another, with growing pauses, and nobody has to wait.
#pragma once

#include "client/attempt.h"
#include "client/server_address.h"
#include "shared/unique_fd.h"

#include <chrono>
#include <optional>
#include <random>

namespace chat {

class Reconnection {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds first_pause{300};
    static constexpr std::chrono::milliseconds longest_pause{30'000};

    explicit Reconnection(const ServerAddress& server) : server_(server), random_(std::random_device{}()) {}

    // The connection is gone, or what was connected to did not let us in: the next attempt comes after the next pause,
    // which is twice as long as the one before, give or take a fifth.
    void lost();
    // All is well again: the next pause is the first one.
    void succeeded() noexcept { pause_ = first_pause; }

    // To be polled for reading while an attempt is under way; -1 otherwise.
    [[nodiscard]] int fd() const noexcept;
    // Milliseconds until work() has something to do; -1: only when fd() is readable.
    [[nodiscard]] int patience() const;
    // Begins an attempt whose time has come, or takes the outcome of one. Returns the connected socket once there is
    // one.
    [[nodiscard]] UniqueFd work();

  private:
    void begin();

    ServerAddress server_;
    std::minstd_rand random_;
    std::chrono::milliseconds pause_ = first_pause;
    Clock::time_point next_;
    std::optional<Attempt> attempt_;
};

}  // namespace chat
