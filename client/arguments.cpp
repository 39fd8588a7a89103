// The command line of chat-client: see arguments.h.
#include "client/arguments.h"

#include <CLI/CLI.hpp>

namespace chat {

namespace {

constexpr int usage_error = 2;

// One spelling of --server for the chat and for every subcommand.
void add_server_option(CLI::App& app, ServerAddress& server) {
    app.add_option_function<std::string>(
           "-s,--server",
           [&server](const std::string& text) {
               auto address = parse_server_address(text);
               if (!address)
                   throw CLI::ValidationError("--server", "'" + text + "' is not HOST[:PORT] or [IPv6][:PORT]");
               server = *std::move(address);
           },
           "The server (default " + server.written() + "): a name, an IPv4 address or [IPv6]")
        ->type_name("HOST[:PORT]");
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv) {
    CommandLine result;
    CLI::App app("Talk to the people on a chat server.", "chat-client");
    app.footer(
        "Lines go to everybody in the lobby, lines that start with / are commands; /help lists them.\n"
        "exit, quit, /quit or Ctrl-D leaves.\n"
        "Exit status: 0 left, 1 no server, refused or connection lost, 2 wrong use.");
    app.set_version_flag("--version", "chat-client " CHAT_VERSION);
    add_server_option(app, result.arguments.server);
    auto* name =
        app.add_option("-n,--name", result.arguments.name, "Login name; without it you are asked")->type_name("NAME");
    app.add_flag("-g,--guest", result.arguments.guest, "Stay under the name that the server gives")->excludes(name);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        result.exit_status = app.exit(error) == 0 ? 0 : usage_error;
    }
    return result;
}

}  // namespace chat
