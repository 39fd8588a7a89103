// The command line of chatctl.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chat {

struct Arguments {
    std::string socket;  // path of the server's socket for operators
    bool json = false;
    bool http = false;  // of `metrics`: standard input is a connection over which they are requested
    std::chrono::seconds timeout{10};
    std::string command;  // "status", "kick", …
    std::string target;   // the client or room concerned
    std::vector<std::string> words;
    std::optional<std::string> reason;     // of a ban
    std::optional<std::uint64_t> seconds;  // that a ban lasts; empty: until it is lifted
    std::optional<std::int64_t> since;     // of `log`: microseconds since 1970; as `room`, `person` and `database`
    std::optional<std::string> room;
    std::optional<std::string> person;
    std::optional<std::string> database;
    std::optional<std::string> accounts;  // database of accounts
    std::uint64_t last = 10;              // earlier events with which `tail` begins
    std::optional<std::uint64_t> count;   // events after which `tail` ends; messages of `log`
    std::optional<std::uint64_t> uses;    // of an invitation
    std::optional<std::uint64_t> days;
};

// What the command line asks for: either a command, or an immediate exit with `exit_status` (help, version, a mistake),
// after everything was printed.
struct CommandLine {
    Arguments arguments;
    std::optional<int> exit_status;
};

[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv);

}  // namespace chat
