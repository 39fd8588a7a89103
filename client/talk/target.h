// The target of a line, as people write it: an id or a name, room:NAME or #NAME, group:GID or a bare GID, all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat {

struct Target {
    enum class Kind { client, room, group, everyone };
    Kind kind = Kind::room;
    std::string name = "lobby";  // the id or name, the room's name or the group's number; empty for everyone
    std::string id;              // of a client, if it is known: then lines go to this client, whatever its name

    // In a form that parse_target() accepts: 51990, Robin, room:ops, group:1234, all.
    [[nodiscard]] std::string written() const;
    // As the prompt shows it: nothing for the lobby, else Robin, #ops, group 1234, all.
    [[nodiscard]] std::string short_name() const;
    // For sentences: Robin, the room ops, group 1234, everybody.
    [[nodiscard]] std::string in_words() const;
    // The command that says `text` to it.
    [[nodiscard]] std::string command(std::string_view text) const;
    // The command that says there what somebody does; for rooms and clients.
    [[nodiscard]] std::string action(std::string_view text) const;

    [[nodiscard]] bool operator==(const Target&) const = default;
};

// A room's name, whether it is written as ops, #ops or room:ops; empty if `text` is none of these.
[[nodiscard]] std::optional<std::string> parse_room(std::string_view text);
// Empty if `text` is not a target. The word lobby is the room, even if a client has that name.
[[nodiscard]] std::optional<Target> parse_target(std::string_view text);

}  // namespace chat
