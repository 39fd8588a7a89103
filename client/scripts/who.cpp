// Who is connected: see who.h.
#include "client/scripts/who.h"

#include "client/process.h"
#include "client/scripts/json_line.h"
#include "client/scripts/session.h"
#include "client/talk/wording.h"
#include "shared/text/printable.h"

#include <cstdio>
#include <ctime>
#include <vector>

namespace chat {

namespace {

void print_json(const std::vector<ServerLine>& clients) {
    std::string_view before = "[";
    for (const ServerLine& client : clients) {
        std::printf("%.*s%s", static_cast<int>(before.size()), before.data(), json_line(client).c_str());
        before = ",\n ";
    }
    std::puts(clients.empty() ? "[]" : "]");
}

void print_words(const std::vector<ServerLine>& clients) {
    for (const ServerLine& client : clients) {
        const char* const rank = client.value("op") == "yes"      ? "  operator"
                                 : client.value("voice") == "yes" ? "  voiced"
                                                                  : "";
        std::printf("%-5s  %-32s  %s%s\n", printable(client.value("id")).c_str(),
                    printable(client.value("name")).c_str(),
                    printable(local_since(client.value("connected"), std::time(nullptr))).c_str(), rank);
    }
}

}  // namespace

int run_who(const ServerAddress& server, const SessionLogin& login, const WhoOptions& options) {
    Session session(server, login, Session::Manner::quiet);
    std::vector<ServerLine> clients;
    for (ServerLine& line : session.ask(options.room.empty() ? "/active" : "/members " + options.room)) {
        if (line.kind == "client" && line.value("you") != "yes") clients.push_back(std::move(line));
    }
    (void)session.leave();
    if (options.json) {
        print_json(clients);
    } else {
        print_words(clients);
    }
    return std::fflush(stdout) == 0 ? exit_status::done : exit_status::trouble;
}

}  // namespace chat
