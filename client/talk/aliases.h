// Commands that people know from IRC, in terms of ours.
#pragma once

#include "client/talk/companion.h"
#include "client/talk/directory.h"
#include "client/talk/target.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

[[nodiscard]] std::span<const OwnCommand> alias_commands() noexcept;
// The server's command that an alias needs; empty: none, or `command` is not an alias.
[[nodiscard]] std::string_view needed_command(std::string_view command) noexcept;

struct Translation {
    std::string line;        // what to do in place of the typed line
    std::string problem;     // or why it cannot be done
    bool is_action = false;  // `line` is what the person does: a message to `target`, like plain text
};

// Nothing: it is not one of them. `target` receives plain lines: a room that is not named is this one.
[[nodiscard]] std::optional<Translation> translate(std::string_view command, std::string_view text,
                                                   const Target& target, const Directory& known);

}  // namespace chat
