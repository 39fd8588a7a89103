// How a connection to the server comes about: at once, in the background, or again and again after one was lost.
#pragma once

#include "client/server_address.h"
#include "shared/unique_fd.h"

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace chat {

// A TCP connection that stands, made by trying every address of the server in turn, each for at most `patience`.
// Throws NoServer.
[[nodiscard]] UniqueFd connect_to(const ServerAddress& server, std::chrono::milliseconds patience);

// One attempt in the background: looking a name up cannot be polled, and whoever waits for it wants to receive signals
// and keys meanwhile.
class Attempt {
  public:
    struct Outcome {
        UniqueFd socket;      // connected, or none
        std::string problem;  // why there is none, in a line for people
    };

    static constexpr std::chrono::seconds patience_per_address{10};

    // Begins. It may go on for longer than this object is there. Throws std::system_error.
    explicit Attempt(const ServerAddress& server, std::chrono::milliseconds patience = patience_per_address);

    // Readable once it is over. Stays owned by this object.
    [[nodiscard]] int fd() const noexcept;
    // Once; nothing while it is under way.
    [[nodiscard]] std::optional<Outcome> outcome();

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

// Tries again after a connection was lost: one attempt after another, with growing pauses, and nobody has to wait.
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
