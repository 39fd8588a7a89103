// The rooms that we are in: see memberships.h.
#include "client/talk/memberships.h"

#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {

void Memberships::learn(const ServerLine& line) {
    const std::string room(line.value("room"));
    const bool in = line.kind == "joined";
    if (equal_ignoring_case(room, "lobby")) {
        in_lobby_ = in;
        return;
    }
    std::erase_if(rooms_, [&room](const std::string& known) { return equal_ignoring_case(known, room); });
    if (in) rooms_.push_back(room);
}

bool Memberships::wants(const std::string& room) const {
    return std::any_of(rooms_.begin(), rooms_.end(),
                       [&room](const std::string& known) { return equal_ignoring_case(known, room); });
}

std::vector<std::string> Memberships::commands() const {
    std::vector<std::string> commands;
    for (const std::string& room : rooms_) commands.push_back("/join " + room);
    if (!in_lobby_) commands.emplace_back("/leave lobby");
    return commands;
}

}  // namespace chat
