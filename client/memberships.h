// The rooms that we are in, or want to be in: what has to be said to the server to be in them again.
#pragma once

#include "shared/protocol.h"

#include <string>
#include <vector>

namespace chat {

class Memberships {
  public:
    // `rooms`: to be in besides the lobby, where everybody begins.
    explicit Memberships(std::vector<std::string> rooms) : rooms_(std::move(rooms)) {}

    // A `joined` or `left` line about us.
    void learn(const ServerLine& line);
    // The commands that bring a new connection into the same rooms.
    [[nodiscard]] std::vector<std::string> commands() const;

  private:
    std::vector<std::string> rooms_;
    bool in_lobby_ = true;
};

}  // namespace chat
