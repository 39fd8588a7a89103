// /ignore: see ignoring.h.
#include "client/talk/ignoring.h"

#include "client/talk/directory.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>

namespace chat {

namespace {

constexpr std::array ignoring_commands{
    OwnCommand{"/ignore", "[ID|NAME]", "hides what somebody says, or lists whom"},
    OwnCommand{"/unignore", "ID|NAME", "shows it again"},
};

// Lines that somebody causes; answers to the viewer's own questions are shown.
constexpr std::array<std::string_view, 13> hidden = {"message",      "file",       "online", "offline",      "joined",
                                                     "left",         "renamed",    "invite", "join-request", "declined",
                                                     "group-joined", "group-left", "history"};

constexpr std::size_t most_ids = 1000;

}  // namespace

Ignoring::Ignoring(const std::vector<std::string>& names) {
    for (const std::string& name : names) names_.insert(fold_case(name));
}

std::span<const OwnCommand> Ignoring::commands() const noexcept {
    return ignoring_commands;
}

void Ignoring::typed(Host& host, std::string_view command, std::string_view text) {
    const std::string name = trimmed(text);
    const bool starts = equal_ignoring_case(command, "/ignore");
    if (name.empty() && starts) {
        std::string list;
        for (const std::string& one : names_) list += (list.empty() ? "" : ", ") + one;
        return host.show(list.empty() ? "You ignore nobody." : "You ignore: " + list + ".");
    }
    if (name.empty() || name.find(' ') != std::string::npos)
        return host.show(starts ? "Usage: /ignore [ID|NAME]" : "Usage: /unignore ID|NAME");
    if (starts) return start(host, name);
    stop(host, name);
}

void Ignoring::start(Host& host, const std::string& name) {
    names_.insert(fold_case(name));
    // An id as well as a name: whoever has it is known from now on.
    if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) ids_.emplace(name, name);
    host.show("You ignore " + name + " until you leave; /unignore " + name + " ends it.");
}

void Ignoring::stop(Host& host, const std::string& name) {
    const std::string folded = fold_case(name);
    if (names_.erase(folded) == 0) return host.show("You do not ignore " + name + ".");
    std::erase_if(ids_, [&folded](const auto& ignored) { return ignored.second == folded; });
    host.show("You no longer ignore " + name + ".");
}

bool Ignoring::received(Host& /*host*/, const ServerLine& line) {
    if (names_.empty()) return false;
    // Ids of the past say nothing about present clients.
    if (line.kind == "history" || line.value("kept") == "yes")
        return !line.field("tag") && names_.contains(fold_case(line.value("name")));
    const std::string id(client_in(line));
    if (id.empty()) return false;
    auto cause = names_.find(fold_case(line.value("name")));
    if (cause == names_.end() && line.field("old")) cause = names_.find(fold_case(line.value("old")));
    if (cause != names_.end() && ids_.size() < most_ids) ids_.emplace(id, *cause);
    if (cause == names_.end() && !ids_.contains(id)) return false;
    if (line.field("tag") || std::find(hidden.begin(), hidden.end(), line.kind) == hidden.end()) return false;
    if (line.kind == "offline") ids_.erase(id);
    return true;
}

}  // namespace chat
