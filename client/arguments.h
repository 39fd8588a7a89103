// The command line of chat-client.
#pragma once

#include "client/configuration.h"
#include "client/net/server_address.h"
#include "client/scripts/datetime.h"
#include "client/scripts/echo.h"
#include "client/scripts/send.h"
#include "client/scripts/sendfile.h"
#include "client/scripts/tail.h"
#include "client/scripts/who.h"

#include <optional>
#include <string>
#include <variant>

namespace chat {

// The chat itself, if no subcommand is given.
struct TalkOptions {};
struct CalculatorOptions {};
using Task = std::variant<TalkOptions, SendOptions, SendfileOptions, TailOptions, WhoOptions, CalculatorOptions,
                          DatetimeOptions, EchoOptions>;

struct Arguments {
    Configuration configuration;      // from file and environment, overridden by the command line
    std::optional<std::string> name;  // given with --name; may be empty or otherwise invalid
    std::string secret;               // the password of that name, or of the configured one
    bool guest = false;               // stay with the name that the server assigns
    Task task;
};

// What the command line asks for: either a task, or an immediate exit with `exit_status` (help, version, a mistake),
// after everything was printed.
struct CommandLine {
    Arguments arguments;
    std::optional<int> exit_status;
};

[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv);

}  // namespace chat
