// The rooms that we are in, or want to be in, and the commands that join them again.
#pragma once

#include "shared/text/protocol.h"

#include <string>
#include <vector>

namespace chat {

class Memberships {
  public:
    // `rooms`: to be in besides the lobby, in which everybody starts.
    explicit Memberships(std::vector<std::string> rooms) : rooms_(std::move(rooms)) {}

    // A `joined` or `left` line about us.
    void learn(const ServerLine& line);
    // A new connection joins this room.
    [[nodiscard]] bool in_lobby() const noexcept { return in_lobby_; }
    [[nodiscard]] bool wants(const std::string& room) const;
    // The commands that make a new connection join the same rooms.
    [[nodiscard]] std::vector<std::string> commands() const;

  private:
    std::vector<std::string> rooms_;
    bool in_lobby_ = true;
};

}  // namespace chat
