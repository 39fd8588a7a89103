// The command line of chat-client.
#pragma once

#include "client/server_address.h"

#include <optional>
#include <string>

namespace chat {

struct Arguments {
    ServerAddress server;
    std::optional<std::string> name;  // given with --name; may be empty or otherwise no good
    bool guest = false;               // stay with the name that the server assigns
};

// What the command line asks for: either the chat, or an end at once with `exit_status` (help, version, a mistake),
// after everything there is to say was printed.
struct CommandLine {
    Arguments arguments;
    std::optional<int> exit_status;
};

[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv);

}  // namespace chat
