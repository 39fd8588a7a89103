// The command line of chat-client.
#pragma once

#include "client/configuration.h"
#include "client/datetime.h"
#include "client/echo.h"
#include "client/send.h"
#include "client/sendfile.h"
#include "client/server_address.h"
#include "client/tail.h"

#include <optional>
#include <string>
#include <variant>

namespace chat {

// The chat itself, where no subcommand is given.
struct TalkOptions {};
struct CalculatorOptions {};
struct WhoOptions {
    bool json = false;
};
using Task = std::variant<TalkOptions, SendOptions, SendfileOptions, TailOptions, WhoOptions, CalculatorOptions,
                          DatetimeOptions, EchoOptions>;

struct Arguments {
    Configuration configuration;      // of file and environment, with what the command line says over it
    std::optional<std::string> name;  // given with --name; may be empty or otherwise no good
    bool guest = false;               // stay with the name that the server assigns
    Task task;
};

// What the command line asks for: either a task, or an end at once with `exit_status` (help, version, a mistake), after
// everything there is to say was printed.
struct CommandLine {
    Arguments arguments;
    std::optional<int> exit_status;
};

[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv);

}  // namespace chat
