// One attempt to connect, in the background: looking a name up cannot be polled, and whoever waits for it wants to hear
// signals and keys meanwhile.
#pragma once

#include "client/server_address.h"
#include "shared/unique_fd.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace chat {

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

}  // namespace chat
