// One function a command, and what they share: asking, asking again, and saying why not.
#include "control/commands.h"

#include "control/exit_status.h"
#include "control/server.h"
#include "control/show.h"
#include "shared/printable.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace chat {
namespace {

using varlink::Json;

constexpr std::string_view interface = "org.chat.Admin.";
constexpr int most_tries = 5;  // of a question; between two of them the server was restarted

// Something was printed in vain: a full disk, say. (A reader who has left ends this process by SIGPIPE.)
void print(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw Failure(exit_refused, "standard output cannot be written");
}

void print_json(const Json& json) {
    print(json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n');
}

std::string parameter(const varlink::Reply& reply, const char* name) {
    const auto found = reply.parameters.find(name);
    if (found == reply.parameters.end()) return "?";
    return printable(found->is_string() ? found->get<std::string>() : found->dump(-1, ' ', true));
}

[[noreturn]] void fail_for(const varlink::Reply& reply) {
    const std::string_view error = reply.error;
    if (error == "org.varlink.service.MethodNotFound" || error == "org.varlink.service.InterfaceNotFound")
        throw Failure(exit_no_sense, "this server does not know that command: it is of another version");
    if (error == "org.varlink.service.InvalidParameter")
        throw Failure(exit_refused, "the server refuses the value of " + parameter(reply, "parameter"));
    if (error == "org.chat.Admin.TooManyConnections")
        throw Failure(exit_refused, "too many operators are connected to the server");
    throw Failure(exit_refused, "the server answers with an error: " + printable(error) + ' ' +
                                    printable(reply.parameters.dump(-1, ' ', true)));
}

Json ask_once(const Arguments& arguments, const varlink::Call& call, const char* list) {
    Server server(arguments.socket, arguments.patience);
    server.send(call);
    for (Json all;;) {
        varlink::Reply reply = server.receive();
        if (!reply.error.empty()) fail_for(reply);
        if (list == nullptr) return std::move(reply.parameters);
        Json& rows = reply.parameters[list];
        if (!rows.is_array()) throw Failure(exit_no_sense, "the server's answer has no list");
        if (all.is_null())
            all = std::move(reply.parameters);
        else
            all[list].insert(all[list].end(), rows.begin(), rows.end());
        if (!reply.continues) return all;
    }
}

// For questions, which may be asked again when the server dies before it has answered. `list` names the member that is
// a list and may come in several replies.
Json ask(const Arguments& arguments, std::string_view method, const char* list = nullptr) {
    const varlink::Call call{std::string(interface) + std::string(method), Json::object(), list != nullptr, false};
    const auto until = std::chrono::steady_clock::now() + arguments.patience;
    for (int tries = 1;; ++tries) {
        try {
            return ask_once(arguments, call, list);
        } catch (const Failure& failure) {
            const bool in_time = tries < most_tries && std::chrono::steady_clock::now() < until;
            if (failure.exit_status() != exit_lost || !in_time) throw;
        }
    }
}

int show_status(const Arguments& arguments) {
    const Json status = ask(arguments, "Status");
    if (arguments.json)
        print_json(status);
    else
        print(status_text(status));
    const auto trouble = status.find("trouble");
    return trouble != status.end() && trouble->is_array() && !trouble->empty() ? exit_troubled : exit_done;
}

int show_clients(const Arguments& arguments) {
    const Json answer = ask(arguments, "Clients", "clients");
    if (arguments.json)
        print_json(answer);
    else
        print(clients_text(answer["clients"]));
    return exit_done;
}

struct Row {
    std::string_view command;
    int (*run)(const Arguments&);
};
constexpr std::array table = {
    Row{"clients", show_clients},
    Row{"status", show_status},
};

}  // namespace

int run_command(const Arguments& arguments) {
    const auto row =
        std::find_if(table.begin(), table.end(), [&](const Row& r) { return r.command == arguments.command; });
    return row->run(arguments);
}

}  // namespace chat
