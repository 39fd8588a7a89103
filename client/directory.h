// Who and what the client has heard of: the words that Tab can complete.
#pragma once

#include "shared/protocol.h"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

class Directory {
  public:
    // Of more people, rooms or groups than this some are forgotten.
    static constexpr std::size_t most = 5000;

    // Learns from any line of the server.
    void learn(const ServerLine& line);
    // A command of the client's own and its arguments as /help shows them: "ID|NAME TEXT". It goes before the server's
    // command of that name.
    void learn_own_command(std::string_view name, std::string_view usage);

    [[nodiscard]] std::vector<std::string> commands() const;
    // Empty for a command that nobody knows.
    [[nodiscard]] std::string usage(std::string_view command) const;
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::vector<std::string> ids() const;
    [[nodiscard]] const std::set<std::string>& rooms() const noexcept { return rooms_; }
    [[nodiscard]] const std::set<std::string>& groups() const noexcept { return groups_; }

  private:
    void learn_command(std::string_view name, std::string_view usage);
    void learn_client(std::string_view id, std::string_view name);
    void learn_channel(std::string_view to);

    std::map<std::string, std::string> people_;    // id → name
    std::map<std::string, std::string> commands_;  // with the slash → usage
    std::set<std::string> own_commands_;
    std::set<std::string> rooms_{"lobby"};
    std::set<std::string> groups_;
};

}  // namespace chat
