// One subcommand a command.
#include "control/arguments.h"

#include "control/exit_status.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

namespace chat {

CommandLine read_command_line(int argc, const char* const* argv) {
    CommandLine result;
    Arguments& arguments = result.arguments;
    const char* given = std::getenv("CHAT_ADMIN_SOCKET");
    arguments.socket = given != nullptr && *given != '\0' ? given : "/run/chat/admin.sock";
    std::int64_t seconds = arguments.patience.count();

    CLI::App app("Look after a running chat server.", "chatctl");
    app.set_version_flag("--version", "chatctl " CHAT_VERSION, "Tell the version and end");
    app.footer("Exit status: 0 done, 1 refused, 2 wrong use, 3 trouble, 69 to 77: see chatctl(8)");
    app.set_help_flag("-h,--help", "Show this and end");
    app.require_subcommand(1);
    app.fallthrough();
    // Help fits a screen of 24 lines.
    app.get_formatter()->label("REQUIRED", "");
    app.get_formatter()->column_width(20);
    app.add_option("--socket", arguments.socket, "The server's socket (environment: CHAT_ADMIN_SOCKET)")
        ->type_name("PATH")
        ->take_last();
    app.add_flag("--json", arguments.json, "Print JSON: a document, or with tail an object a line");
    app.add_option("--timeout", seconds, "Wait for an answer so many seconds (10)")
        ->type_name("N")
        ->check(CLI::Range(1, 3600).description(""));

    const auto command = [&](const char* name, const char* meaning) {
        CLI::App* sub = app.add_subcommand(name, meaning);
        sub->callback([&arguments, name] { arguments.command = name; });
        return sub;
    };
    command("status", "How the server is: clients, queue, log, trouble");
    command("clients", "Who is connected, from where, and what waits for them");
    command("config", "The settings in effect: value, unit, where set, meaning");
    CLI::App* tail = command("tail", "Who comes, goes, is renamed or refused, until Ctrl-C");
    tail->add_option("-n,--last", arguments.last, "Earlier events to begin with (10)")->type_name("N");
    tail->add_option("-c,--count", arguments.count, "End after so many events")->type_name("N");
    command("rooms", "The rooms, and how many are in each");
    command("groups", "The groups: admin, members, who is invited and who asks");
    for (const auto& [name, meaning] :
         {std::pair{"add", "Put clients into a room"}, std::pair{"remove", "Take clients out of a room"}}) {
        CLI::App* change = command(name, meaning);
        change->add_option("room", arguments.target, "Its name")->required()->type_name("ROOM");
        change->add_option("clients", arguments.words, "Their ids or names")->required()->type_name("CLIENT");
    }
    CLI::App* kick = command("kick", "Disconnect a client");
    kick->add_option("client", arguments.target, "Its id or name")->required()->type_name("CLIENT");
    kick->add_option("reason", arguments.words, "Told to all")->type_name("REASON");
    CLI::App* forget = command("forget", "Remove from the log the texts that a person has sent so far");
    forget->add_option("client", arguments.target, "Name or id, of now or of once; or session:NUMBER")
        ->required()
        ->type_name("CLIENT");
    CLI::App* announce = command("announce", "Write a line to everyone who is connected");
    announce->add_option("text", arguments.words, "The line")->required()->type_name("TEXT");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        result.exit_status = app.exit(error) == 0 ? exit_done : exit_wrong_use;
    }
    arguments.patience = std::chrono::seconds(seconds);
    return result;
}

}  // namespace chat
