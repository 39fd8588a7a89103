// The table of commands, and one function for each.
#include "control/commands.h"

#include "control/asking.h"
#include "control/backup.h"
#include "control/exit_status.h"
#include "control/log.h"
#include "control/metrics.h"
#include "control/rooms.h"
#include "control/show.h"
#include "control/tail.h"
#include "shared/text/line.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace chat {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

// The first question after `systemctl start` starts the daemons. Until they have found each other, a missing
// chat-delivery is not trouble.
Json ask_status(const Arguments& arguments) {
    constexpr std::uint64_t starting = 5;  // seconds
    constexpr std::chrono::milliseconds pause{50};
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(starting);
    for (;;) {
        Json status = ask(arguments, "Status");
        const bool may_be_starting = status["delivery"] == false && status["uptime"].natural() < starting;
        if (!may_be_starting || std::chrono::steady_clock::now() >= until) return status;
        std::this_thread::sleep_for(pause);
    }
}

int show_status(const Arguments& arguments) {
    const Json status = ask_status(arguments);
    show(arguments, status, status_text(status));
    return status["trouble"].items().empty() ? exit_done : exit_troubled;
}

int show_clients(const Arguments& arguments) {
    const Json answer = ask(arguments, "Clients", "clients");
    show(arguments, answer, clients_text(answer["clients"]));
    return exit_done;
}

int show_config(const Arguments& arguments) {
    const Json answer = ask(arguments, "Config", "settings");
    show(arguments, answer, config_text(answer["settings"]));
    return exit_done;
}

int show_groups(const Arguments& arguments) {
    const Json answer = ask(arguments, "Groups", "groups");
    show(arguments, answer, groups_text(answer["groups"]));
    return exit_done;
}

int kick(const Arguments& arguments) {
    Json parameters{{"client", arguments.target}};
    if (!arguments.words.empty()) parameters.set("reason", joined(arguments.words));
    const Json answer = act(arguments, "Kick", std::move(parameters));
    show(arguments, answer, kicked_text(answer));
    return exit_done;
}

int ban(const Arguments& arguments) {
    Json parameters{{"target", arguments.target}};
    if (arguments.reason) parameters.set("reason", *arguments.reason);
    if (arguments.seconds) parameters.set("seconds", *arguments.seconds);
    const Json answer = act(arguments, "Ban", std::move(parameters));
    show(arguments, answer, banned_text(answer));
    return exit_done;
}

int unban(const Arguments& arguments) {
    const Json answer = act(arguments, "Unban", {{"target", arguments.target}});
    show(arguments, answer, unbanned_text(answer));
    return exit_done;
}

int show_bans(const Arguments& arguments) {
    const Json answer = ask(arguments, "Bans", "bans");
    show(arguments, answer, bans_text(answer["bans"]));
    return exit_done;
}

// The request is safe once it has a number; the remaining time is spent waiting for it to finish.
int forget(const Arguments& arguments) {
    using namespace std::chrono;
    constexpr milliseconds longest_pause{200};
    const Json request = act(arguments, "Forget", {{"client", arguments.target}});
    const auto until = steady_clock::now() + arguments.timeout;
    Json answer;
    for (milliseconds pause{20};; pause = std::min(longest_pause, pause * 2)) {
        answer = ask(arguments, "Forgotten", request);
        if (answer["done"].boolean()) break;
        if (steady_clock::now() > until)
            throw Failure(exit_lost, "request " + request.dump() +
                                         " was accepted and continues without chatctl; it is not done yet, because the "
                                         "log is large or another program is reading the database");
        std::this_thread::sleep_for(pause);
    }
    for (const auto& [key, value] : request.members()) answer.set(key, value);
    answer.set("client", arguments.target);
    show(arguments, answer, forgotten_text(answer));
    return !answer.contains("outcome") || answer["outcome"] == "removed" ? exit_done : exit_refused;
}

int announce(const Arguments& arguments) {
    const Json answer = act(arguments, "Announce", {{"text", joined(arguments.words)}});
    show(arguments, answer, announced_text(answer));
    return exit_done;
}

// Tokens are printed alone, so that a script can pass them on.
int print_token(const Arguments& arguments, const Json& answer) {
    show(arguments, answer, answer["token"].text() + '\n');
    return exit_done;
}

int manage_account(const Arguments& arguments) {
    const std::string& what = arguments.target;
    if (what == "list" && arguments.words.empty()) {
        const Json answer = ask(arguments, "Accounts", "accounts");
        show(arguments, answer, accounts_text(answer["accounts"]));
        return exit_done;
    }
    struct Change {
        std::string_view word;
        std::string_view method;
        std::string_view done;  // empty: a token is printed
    };
    constexpr std::array changes = {
        Change{"add", "AddAccount", ""},
        Change{"reset", "ResetAccount", ""},
        Change{"disable", "DisableAccount", "disabled"},
        Change{"enable", "EnableAccount", "enabled"},
        Change{"delete", "DeleteAccount", "deleted"},
    };
    const auto change = std::find_if(changes.begin(), changes.end(), [&](const Change& c) { return c.word == what; });
    if (change == changes.end() || arguments.words.size() != 1)
        throw Failure(exit_wrong_use,
                      "account needs list alone, or one of add, reset, disable, enable and delete with a name");
    const Json answer = act(arguments, change->method, {{"name", arguments.words.front()}});
    if (change->done.empty()) return print_token(arguments, answer);
    show(arguments, answer, "The account " + answer["name"].text() + " is " + std::string(change->done) + ".\n");
    return exit_done;
}

int invite(const Arguments& arguments) {
    Json parameters = Json::object();
    if (arguments.uses) parameters.set("uses", *arguments.uses);
    if (arguments.days) parameters.set("days", *arguments.days);
    return print_token(arguments, act(arguments, "Invite", std::move(parameters)));
}

struct Row {
    std::string_view command;
    int (*run)(const Arguments&);
};
constexpr std::array table = {
    Row{"add", add},
    Row{"remove", remove_from_room},
    Row{"room", set_room},
    Row{"rooms", show_rooms},
    Row{"op", make_operators},
    Row{"deop", remove_operators},
    Row{"mode", change_modes},
    Row{"groups", show_groups},
    Row{"announce", announce},
    Row{"clients", show_clients},
    Row{"config", show_config},
    Row{"forget", forget},
    Row{"metrics", show_metrics},
    Row{"backup", make_backup},
    Row{"kick", kick},
    Row{"status", show_status},
    Row{"tail", follow_events},
    Row{"ban", ban},
    Row{"unban", unban},
    Row{"bans", show_bans},
    Row{"account", manage_account},
    Row{"invite", invite},
    Row{"log", show_log},
};

}  // namespace

int run_command(const Arguments& arguments) {
    const auto row =
        std::find_if(table.begin(), table.end(), [&](const Row& r) { return r.command == arguments.command; });
    if (row == table.end()) throw Failure(exit_wrong_use, "there is no command " + arguments.command);
    return row->run(arguments);
}

}  // namespace chat
