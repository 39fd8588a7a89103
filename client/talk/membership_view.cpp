// What people see of rooms and groups: see membership_view.h.
#include "client/talk/membership_view.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace chat {

namespace {

// What the sentences are made of.
struct Event {
    const ServerLine& line;
    bool us;
    std::string name;   // of the client it is about, or the id if there is no name
    std::string room;   // "the room ops"
    std::string group;  // "group 1234 with Robin"
    std::string time;   // "time=10.01 ", or nothing
    std::string count;  // " Member count=2"
};

using Words = std::string (*)(const Event&);

std::string joined(const Event& e) {
    return (e.us ? "You are in " : e.time + e.name + " has joined ") + e.room + "." + e.count;
}

std::string left(const Event& e) {
    return e.us ? "You have left " + e.room + "." : e.time + e.name + " has left " + e.room + "." + e.count;
}

std::string group_joined(const Event& e) {
    return (e.us ? "You are in " : e.time + e.name + " has joined ") + e.group + "." + e.count;
}

std::string group_left(const Event& e) {
    return e.us ? "You have left " + e.group + "." : e.time + e.name + " has left " + e.group + "." + e.count;
}

std::string group_admin(const Event& e) {
    return (e.us ? "You are now the admin of " : e.name + " is now the admin of ") + e.group + ".";
}

std::string invite(const Event& e) {
    const std::string number(e.line.value("group"));
    return e.name + " invites you to " + e.group + ": /joingroup " + number + " or /declinegroup " + number + ".";
}

std::string pending(const Event& e) {
    return "Your request to join " + e.group + " is waiting for its admin.";
}

std::string join_request(const Event& e) {
    const std::string what = std::string(e.line.value("group")) + " " + std::string(e.line.value("id"));
    return e.name + " wants to join " + e.group + ": /approve " + what + " or /reject " + what + ".";
}

std::string declined(const Event& e) {
    return e.name + " does not want to join " + e.group + ".";
}

std::string rejected(const Event& e) {
    return "The admin of " + e.group + " rejected your request.";
}

// ` (too loud)`, or nothing.
std::string in_brackets(const std::optional<std::string>& words) {
    return words && !words->empty() ? " (" + *words + ")" : "";
}

std::string kicked(const Event& e) {
    const std::string by(e.line.value("by"));
    return (e.us ? "You were" : e.name + " was") + " removed from " + e.room + " by " + by + in_brackets(e.line.text) +
           ".";
}

std::string op(const Event& e) {
    const std::string verb = e.us ? "You are " : e.name + " is ";
    return verb + (e.line.value("value") == "no" ? "no longer" : "now") + " an operator of " + e.room + ".";
}

// Also the answer to a question. Without a text the topic was cleared; without a name there never was one.
std::string topic(const Event& e) {
    if (e.line.text) return "The topic of " + e.room + ", set by " + e.name + ": " + *e.line.text;
    return e.name.empty() ? "There is no topic in " + e.room + "."
                          : e.name + " has cleared the topic of " + e.room + ".";
}

struct Row {
    std::string_view kind;
    std::string_view needs;  // without this field there is no sentence
    Words words;
};

constexpr std::array rows = {
    Row{"joined", "room", joined},
    Row{"left", "room", left},
    Row{"group-joined", "group", group_joined},
    Row{"group-left", "group", group_left},
    Row{"group-admin", "group", group_admin},
    Row{"invite", "group", invite},
    Row{"pending", "group", pending},
    Row{"join-request", "group", join_request},
    Row{"declined", "group", declined},
    Row{"rejected", "group", rejected},
    Row{"kicked", "room", kicked},
    Row{"op", "room", op},
    Row{"topic", "room", topic},
};

// `group id= admin= members=ID,ID`, with a text when it was just made.
std::string group(const ServerLine& line, const Viewer& viewer, const Directory& known) {
    std::string words = line.text.value_or("group " + std::string(line.value("id")));
    std::string_view before = ": ";
    for (std::string_view rest = line.value("members"); !rest.empty();) {
        const std::string_view id = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(id.size() + 1, rest.size()));
        words += before;
        words += id == viewer.id ? "you" : known.name_of(id);
        if (id == line.value("admin")) words += " (admin)";
        before = ", ";
    }
    return words;
}

std::string room(const ServerLine& line) {
    const std::string count(line.value("count"));
    return "room " + std::string(line.value("name")) + ", " + count + (count == "1" ? " member" : " members") +
           (line.value("you") == "yes" ? " (you are in it)" : "");
}

}  // namespace

std::optional<std::string> membership_sentence(const ServerLine& line, const Viewer& viewer, std::time_t now,
                                               const Directory& known) {
    if (line.kind == "group" && line.field("id")) return group(line, viewer, known);
    if (line.kind == "room" && line.field("name")) return room(line);
    const auto* const row =
        std::find_if(rows.begin(), rows.end(), [&line](const Row& candidate) { return candidate.kind == line.kind; });
    if (row == rows.end() || !line.field(row->needs)) return std::nullopt;
    const std::string_view id = line.field("id") ? line.value("id") : line.value("from");
    const std::string_view name = line.field("name") ? line.value("name") : id;
    const std::string room_name(line.value("room"));
    return row->words({line, !viewer.id.empty() && id == viewer.id, std::string(name),
                       room_name == "lobby" ? "the lobby" : "the room " + room_name,
                       group_in_words(line.value("group"), known), time_of_event(viewer, now),
                       line.field("count") ? " Member count=" + std::string(line.value("count")) : ""});
}

}  // namespace chat
