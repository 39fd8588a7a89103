// Who and what the client knows of: the words that Tab can complete, and the members of our groups.
#pragma once

#include "shared/text/protocol.h"
#include "shared/text/text_rules.h"

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// The id of the client that `line` names by `name`, as far as it is one who is connected; empty: the line is about a
// message or a file, or of the past, or of a kind that is not known.
[[nodiscard]] std::string_view client_in(const ServerLine& line);

class Directory {
  public:
    // Beyond this number of people, rooms or groups some are forgotten.
    static constexpr std::size_t most = 5000;

    // Learns from any line of the server. With its welcome all clients and groups are forgotten: groups end with a
    // connection, and ids may be those of other clients.
    void learn(const ServerLine& line);
    // A command of the client's own and its arguments as /help shows them: "ID|NAME TEXT". It takes precedence over
    // the server's command of that name.
    void learn_own_command(std::string_view name, std::string_view usage);

    [[nodiscard]] std::vector<std::string> commands() const;
    // Those of the server, in lower case; none before its list.
    [[nodiscard]] const std::set<std::string, std::less<>>& server_commands() const noexcept {
        return server_commands_;
    }
    // The server has this command, or its list has not come yet.
    [[nodiscard]] bool server_has(std::string_view command) const;
    // Empty for an unknown command.
    [[nodiscard]] std::string usage(std::string_view command) const;
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::vector<std::string> ids() const;
    [[nodiscard]] const std::set<std::string>& rooms() const noexcept { return rooms_; }
    [[nodiscard]] std::vector<std::string> groups() const;
    // We are in this room or group, as far as the server has said.
    [[nodiscard]] bool is_in_room(std::string_view room) const { return own_rooms_.contains(fold_case(room)); }
    // In lower case.
    [[nodiscard]] const std::set<std::string>& own_rooms() const noexcept { return own_rooms_; }
    [[nodiscard]] bool is_in_group(std::string_view group) const { return own_groups_.contains(group); }
    [[nodiscard]] bool is_in_any_group() const noexcept { return !own_groups_.empty(); }
    // The client with this name, in any spelling; empty if it is not known.
    [[nodiscard]] std::string id_of(std::string_view name) const;
    // The name of the client with this id, or the id if it is not known.
    [[nodiscard]] std::string name_of(std::string_view id) const;
    // The other members of a group that we are in, by name_of(); empty for any other group, and if they are not
    // known.
    [[nodiscard]] std::vector<std::string> others_in(std::string_view group) const;

  private:
    using Members = std::vector<std::string>;  // ids; empty: not known

    void learn_command(std::string_view name, std::string_view usage);
    void learn_client(std::string_view id, std::string_view name);
    void learn_channel(std::string_view to);
    // Null: not a group number, or too many are known.
    Members* learn_group(std::string_view group);
    void learn_members(const ServerLine& line);
    void learn_membership(const ServerLine& line);

    std::string own_id_;
    std::map<std::string, std::string, std::less<>> people_;  // id → name
    std::map<std::string, std::string> commands_;             // with the slash → usage
    std::set<std::string> own_commands_;
    std::set<std::string, std::less<>> server_commands_;
    std::set<std::string, std::less<>> heard_commands_;  // of a list that has not ended
    std::set<std::string> rooms_{"lobby"};
    std::map<std::string, Members, std::less<>> groups_;
    std::set<std::string> own_rooms_;  // folded
    std::set<std::string, std::less<>> own_groups_;
};

}  // namespace chat
