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

struct Translation {
    std::string line;     // what to do in place of the typed line
    std::string problem;  // or why it cannot be done
};

// Nothing: it is not one of them. `target` receives plain lines: a room that is not named is this one.
[[nodiscard]] std::optional<Translation> translate(std::string_view command, std::string_view text,
                                                   const Target& target, const Directory& known);

}  // namespace chat
