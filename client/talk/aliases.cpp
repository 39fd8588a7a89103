// Commands that people know from IRC: see aliases.h.
#include "client/talk/aliases.h"

#include "client/talk/startup.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>

namespace chat {

namespace {

constexpr std::array aliases{
    OwnCommand{"/nick", "NAME", "sets your name, as /login"},
    OwnCommand{"/msg", "ID|NAME TEXT", "writes to one client, as /send"},
    OwnCommand{"/w", "ID|NAME TEXT", "writes to one client, as /send"},
    OwnCommand{"/query", "ID|NAME", "sets who receives plain lines, as /to"},
    OwnCommand{"/me", "TEXT", "says what you do, as /action"},
    OwnCommand{"/who", "[#ROOM]", "lists the clients of the server or of a room"},
    OwnCommand{"/names", "[ROOM]", "lists the clients of a room, as /members"},
    OwnCommand{"/list", "", "lists the rooms, as /rooms"},
    OwnCommand{"/part", "[ROOM]", "leaves a room, as /leave"},
    OwnCommand{"/away", "[TEXT]", "says that you are away"},
    OwnCommand{"/topic", "[ROOM] [TEXT]", "shows or sets a room's topic"},
    OwnCommand{"/history", "[ROOM|NAME]", "shows earlier messages"},
};

// The server's command is in its list, or there is no list yet.
bool server_has(std::string_view command, const Directory& known) {
    const auto commands = known.server_commands();
    return commands.empty() || commands.contains(std::string(command));
}

Translation of_server(std::string_view typed, std::string_view command, const std::string& arguments,
                      const Directory& known) {
    if (!server_has(command, known)) {
        const std::string needs = equal_ignoring_case(typed, command) ? "" : ", which " + std::string(typed) + " needs";
        return {{}, "This server does not have " + std::string(command) + needs + ". Nothing was sent."};
    }
    return {std::string(command) + (arguments.empty() ? "" : " ") + arguments, {}};
}

Translation usage(std::string_view command) {
    const auto* const row = std::find_if(aliases.begin(), aliases.end(), [command](const OwnCommand& candidate) {
        return equal_ignoring_case(candidate.name, command);
    });
    return {{}, "Usage: " + std::string(row->name) + (row->usage.empty() ? "" : " ") + std::string(row->usage)};
}

// The room that is meant if none is named.
std::string present_room(const Target& target) {
    return target.kind == Target::Kind::room ? target.name : "lobby";
}

Translation message(std::string_view command, std::string_view text, const Directory& known) {
    const auto [receiver, words] = split_first_word(text);
    if (receiver.empty() || words.empty()) return usage(command);
    if (receiver.starts_with('#') && receiver.size() > 1)
        return of_server(command, "/say", std::string(receiver.substr(1)) + " " + std::string(words), known);
    return of_server(command, "/send", std::string(text), known);
}

}  // namespace

std::span<const OwnCommand> alias_commands() noexcept {
    return aliases;
}

std::optional<Translation> translate(std::string_view command, std::string_view text, const Target& target,
                                     const Directory& known) {
    const std::string name = fold_case(command);
    const std::string arguments = trimmed(text);
    if (name == "/nick") return of_server(name, "/login", arguments, known);
    if (name == "/msg" || name == "/w") return message(name, text, known);
    if (name == "/query") return Translation{"/to " + arguments, {}};
    if (name == "/me") {
        if (arguments.empty()) return usage(name);
        if (target.kind == Target::Kind::everyone || target.kind == Target::Kind::group)
            return Translation{{}, "/me works in rooms and with one person. Nothing was sent."};
        const std::string receiver = target.kind == Target::Kind::room ? target.name : target.id;
        return of_server(name, "/action", receiver + " " + std::string(text), known);
    }
    if (name == "/who" && arguments.empty()) return of_server(name, "/active", {}, known);
    if (name == "/who" || name == "/names")
        return of_server(name, "/members", arguments.empty() ? present_room(target) : arguments, known);
    if (name == "/list") return of_server(name, "/rooms", {}, known);
    if (name == "/part") {
        if (arguments.empty() && target.kind == Target::Kind::group)
            return of_server(name, "/leavegroup", target.name, known);
        return of_server(name, "/leave", arguments.empty() ? present_room(target) : arguments, known);
    }
    if (name == "/away") return of_server(name, "/away", std::string(text), known);
    if (name == "/topic" || name == "/history")
        return of_server(name, name, arguments.empty() ? present_room(target) : std::string(text), known);
    return std::nullopt;
}

}  // namespace chat
