// What a newcomer reads: see greeting.h.
#include "client/talk/greeting.h"

#include <string>
#include <utility>

namespace chat {

namespace {

std::string connected_to(const ServerAddress& server) {
    return "Connected to " + server.written() + ".";
}

}  // namespace

void Greeting::show_server() {
    if (state_.display.shows_times() && !std::exchange(knows_server_, true))
        state_.terminal.show(connected_to(state_.configuration.server), {Style::news});
}

void Greeting::show_people() {
    if (!state_.display.shows_times() || !state_.terminal.is_editing() || std::exchange(is_over_, true)) return;
    std::string others;
    for (const std::string& name : state_.directory.names()) {
        if (name != state_.viewer.name) others += (others.empty() ? "" : ", ") + name;
    }
    const std::string server = knows_server_ ? "" : connected_to(state_.configuration.server) + " ";
    const std::string people = others.empty() ? "Nobody else is here." : "Here: " + others + ".";
    state_.terminal.show(server + people + " /help lists the commands.", {Style::news});
}

}  // namespace chat
