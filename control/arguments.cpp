// One subcommand per command.
#include "control/arguments.h"

#include "control/exit_status.h"
#include "shared/text/moment.h"
#include "shared/text/options.h"
#include "shared/text/time_span.h"

#include <cstdlib>
#include <ctime>
#include <utility>

namespace chat {

namespace {

constexpr std::int64_t most_events = 1'000'000'000;

// Of a time span, at least one; empty if it is absent or endless.
std::optional<std::uint64_t> whole_seconds(const std::string& text) {
    constexpr std::uint64_t second = 1'000'000;
    const auto span = parse_time_span(text);
    if (!span || *span == endless_time_span) return std::nullopt;
    return *span / second + (*span % second > 0 ? 1 : 0);
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv) {
    CommandLine result;
    Arguments& arguments = result.arguments;
    const char* given = std::getenv("CHAT_ADMIN_SOCKET");
    arguments.socket = given != nullptr && *given != '\0' ? given : "/run/chat/admin.sock";
    std::int64_t seconds = arguments.timeout.count();

    ProgramOptions app("chatctl", "Administer a running chat server.");
    app.version("--version", "chatctl " CHAT_VERSION, "Print the version and exit");
    app.footer("Exit status: 0 done, 1 refused, 2 usage error, 3 problem, 69-77 see chatctl(8)");
    app.help("-h,--help", "Print this help and exit");
    app.require_subcommand();
    app.options_after_subcommand();
    // The help of each command fits a screen of 24 lines.
    app.column_width(20);
    app.add("--socket", arguments.socket, "The server's socket (environment: CHAT_ADMIN_SOCKET)")
        .placeholder("PATH")
        .keep_last();
    app.add_flag("--json", arguments.json, "Print JSON: a document, or, for tail and log, one a line");
    app.add("--timeout", seconds, "Seconds to wait for an answer (10)").placeholder("N").between(1, 3600, false);

    const auto command = [&](const char* name, const char* meaning) {
        const CommandOptions sub = app.add_subcommand(name, meaning);
        sub.callback([&arguments, name] { arguments.command = name; });
        return sub;
    };
    command("status", "Show the server's state: clients, queue, log, problems");
    command("clients", "Show who is connected, from where, and their pending output");
    command("config", "Show the settings in effect: value, unit, where set, meaning");
    const CommandOptions tail = command("tail", "Show who joins, leaves, is renamed or refused, until Ctrl-C");
    tail.add("-n,--last", arguments.last, "Start with N earlier events (10)")
        .placeholder("N")
        .between(0, most_events, false);
    tail.add("-c,--count", arguments.count, "Exit after N events").placeholder("N").between(0, most_events, false);
    command("rooms", "Show the rooms and how many are in each");
    command("groups", "Show the groups: admin, members, invitations, requests");
    for (const auto& [name, meaning] :
         {std::pair{"add", "Add clients to a room"}, std::pair{"remove", "Remove clients from a room"}}) {
        const CommandOptions change = command(name, meaning);
        change.add("room", arguments.target, "Its name").required().placeholder("ROOM");
        change.add("clients", arguments.words, "Their ids or names").required().placeholder("CLIENT");
    }
    const CommandOptions room = command("room", "Set the topic of a room, or how its history is kept");
    room.add("what", arguments.target, "set").required().placeholder("set");
    room.add("words", arguments.words, "Its name, then history=on|off, keep_days=N, topic=TEXT")
        .required()
        .placeholder("NAME KEY=VALUE");
    for (const auto& [name, meaning] : {std::pair{"op", "Make members of a room its operators"},
                                        std::pair{"deop", "Take the rights of operators of a room away"}}) {
        const CommandOptions change = command(name, meaning);
        change.add("room", arguments.target, "Its name").required().placeholder("ROOM");
        change.add("clients", arguments.words, "Their ids or names").required().placeholder("CLIENT");
    }
    const CommandOptions mode = command("mode", "Change the modes of a room, as IRC spells them");
    mode.add("room", arguments.target, "Its name").required().placeholder("ROOM");
    mode.add("modes", arguments.words, "Such as +m, or -o and a name").required().placeholder("MODES");
    const CommandOptions kick = command("kick", "Disconnect a client");
    kick.add("client", arguments.target, "Its id or name").required().placeholder("CLIENT");
    kick.add("reason", arguments.words, "Shown to everyone").placeholder("REASON");
    const CommandOptions ban = command("ban", "Refuse an address, a network or a client's address");
    std::string ban_length;
    ban.add("target", arguments.target, "ADDRESS, ADDRESS/BITS, or the id or name of a client")
        .required()
        .placeholder("CLIENT|ADDRESS[/BITS]");
    ban.add("--for", ban_length, "How long, such as 90min or 7d (default: until lifted)")
        .placeholder("TIME")
        .check([](const std::string& text) {
            const auto span = parse_time_span(text);
            if (!span) return "'" + text + "' is not a time span such as 90min or 7d";
            return *span == 0 ? std::string("the time must be longer than 0") : std::string();
        });
    ban.add("--reason", arguments.reason, "Shown to those who are refused").placeholder("TEXT");
    command("unban", "Lift a ban")
        .add("target", arguments.target, "As `chatctl bans` shows it: address or name")
        .required()
        .placeholder("NAME|ADDRESS[/BITS]");
    command("bans", "The bans in force: whom, until when, why");
    const CommandOptions log = command("log", "Show messages from the log, the newest 100 by default");
    const auto not_empty = [](const std::string& text) {
        return text.empty() || text == "#" || text == "&" ? std::string("expected a value, but it is empty")
                                                          : std::string();
    };
    log.add_function(
           "--since",
           [&arguments](const std::string& text) {
               arguments.since = moment_of(text, ::time(nullptr) * std::int64_t{1'000'000});
               if (!arguments.since) throw WrongUse{"--since", "'" + text + "' is not a time"};
           },
           "From then on, all of them: 2026-11-20, 08:00, 12h, today, …")
        .placeholder("TIME");
    log.add("--room", arguments.room, "Only what was written in this room or group")
        .placeholder("NAME")
        .check(not_empty);
    log.add("--with", arguments.person, "Only what this person sent or received").placeholder("NAME").check(not_empty);
    std::int64_t messages = 0;
    const CommandOption newest = log.add("-n,--last", messages, "Only the newest N");
    newest.placeholder("N").between(1, 1'000'000'000, false);
    log.add("--database", arguments.database, "The log (beside the socket, else /var/lib/chat/chat.db)")
        .placeholder("FILE")
        .check(not_empty);
    const CommandOptions metrics = command("metrics", "Print the metrics for a monitoring system (OpenMetrics)");
    metrics.add_flag("--http", arguments.http, "Answer the HTTP request on standard input, a socket");
    const CommandOptions backup = command("backup", "Write the log and the accounts to an archive");
    backup.add("file", arguments.target, "The archive: a tar file, which is replaced").required().placeholder("FILE");
    backup.add("--database", arguments.database, "The log (beside the socket, else /var/lib/chat/chat.db)")
        .placeholder("FILE")
        .check(not_empty);
    backup.add("--accounts", arguments.accounts, "Those of chat-auth (auth.db beside the log, or as installed)")
        .placeholder("FILE")
        .check(not_empty);
    const CommandOptions forget = command("forget", "Remove from the log the texts that a person has sent so far");
    forget.add("client", arguments.target, "Current or past name or id, or session:NUMBER")
        .required()
        .placeholder("CLIENT");
    const CommandOptions account = command("account", "List accounts; add, reset, disable, enable or delete one");
    account.add("what", arguments.target, "list, add, reset, disable, enable or delete").required().placeholder("WHAT");
    account.add("name", arguments.words, "Of the account").placeholder("NAME");
    const CommandOptions invite = command("invite", "Print a token with which a person can register");
    invite.add("--uses", arguments.uses, "How many people can use it (1)")
        .placeholder("N")
        .between(1, 1'000'000, false);
    invite.add("--days", arguments.days, "How long it is valid (7)").placeholder("N").between(1, 36'500, false);
    const CommandOptions announce = command("announce", "Send a line to everyone who is connected");
    announce.add("text", arguments.words, "The line").required().placeholder("TEXT");

    app.text_begins_with_anything("announce");
    app.text_begins_with_anything("kick");
    app.text_begins_with_anything("mode");
    if (const auto end = app.parse(argc, argv)) result.exit_status = *end == 0 ? exit_done : exit_wrong_use;
    arguments.timeout = std::chrono::seconds(seconds);
    if (newest.was_given()) arguments.count = static_cast<std::uint64_t>(messages);
    arguments.seconds = whole_seconds(ban_length);
    return result;
}

}  // namespace chat
