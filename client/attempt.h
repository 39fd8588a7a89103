// One attempt to connect, in a thread of its own: looking a name up cannot be polled, and whoever waits for it wants to
// hear signals and keys meanwhile.
#pragma once

#include "client/server_address.h"
#include "shared/unique_fd.h"

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

    // Begins. The thread may outlive this object. Throws std::system_error.
    explicit Attempt(const ServerAddress& server);

    // Readable once it is over. Stays owned by this object.
    [[nodiscard]] int fd() const noexcept;
    // Once; nothing while it is under way.
    [[nodiscard]] std::optional<Outcome> outcome();

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace chat
