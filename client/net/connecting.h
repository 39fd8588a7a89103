// Connecting to the server, with or without TLS: at once, in the background, or repeatedly after a connection was lost.
#pragma once

#include "client/net/server_address.h"
#include "client/net/stream.h"
#include "client/net/trust.h"

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace chat {

struct Reached {
    std::unique_ptr<Stream> stream;  // connected, or none
    ServerAddress server;            // as it was reached: never with Security::automatic
    ConnectFailure failure;          // why there is no stream
    std::string note;                // one line for people: what did not work, and is not important; empty: nothing
};

// Connects by the server's routes in turn (routes.h), trying every address, each for at most `timeout`, and TLS again
// for at most that long. `is_interactive`: a person can be asked about a certificate; only then is TLS tried where it
// is unknown.
[[nodiscard]] Reached connect_to(const ServerAddress& server, std::chrono::milliseconds timeout, bool is_interactive);

// One attempt in the background: name resolution cannot be polled, and the caller must still react to signals and keys.
class Attempt {
  public:
    static constexpr std::chrono::seconds address_timeout{10};

    // Starts the attempt, which may outlive this object. Throws std::system_error.
    explicit Attempt(const ServerAddress& server, std::chrono::milliseconds timeout = address_timeout,
                     bool is_interactive = false);

    // Readable once it is over. Stays owned by this object.
    [[nodiscard]] int fd() const noexcept;
    // The outcome, once; nothing while it is under way.
    [[nodiscard]] std::optional<Reached> outcome();

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

// Reconnects after a connection was lost: one attempt after another, with growing pauses, without blocking.
class Reconnection {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds first_pause{300};
    static constexpr std::chrono::milliseconds longest_pause{30'000};

    explicit Reconnection(const ServerAddress& server) : server_(server), random_(std::random_device{}()) {}

    // The connection was lost, or the server did not accept us: the next attempt follows after a pause twice as long as
    // the one before, plus or minus a fifth.
    void lost();
    // The connection was good: the next pause is the first one again.
    void succeeded() noexcept { pause_ = first_pause; }

    // To be polled for reading while an attempt is under way; -1 otherwise.
    [[nodiscard]] int fd() const noexcept;
    // Milliseconds until work() has something to do; -1: only when fd() is readable.
    [[nodiscard]] int poll_timeout() const;
    // Starts an attempt that is due, or collects the outcome of one. Returns the connection once there is one.
    [[nodiscard]] std::unique_ptr<Stream> work();
    // What a person should know about the last attempts: the server is there, but cannot be trusted, for example. Once.
    [[nodiscard]] std::string take_problem();

  private:
    void begin();

    ServerAddress server_;
    std::minstd_rand random_;
    std::chrono::milliseconds pause_ = first_pause;
    Clock::time_point next_;
    std::optional<Attempt> attempt_;
    std::string problem_;       // not taken yet
    std::string last_problem_;  // of which a person knows
};

}  // namespace chat
