// Commands that people know from IRC: see aliases.h.
#include "client/talk/aliases.h"

#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>

namespace chat {

namespace {

struct Alias {
    OwnCommand own;
    std::string_view needs;  // the server's command that it becomes
};

constexpr std::array aliases{
    Alias{{"/nick", "NAME", "sets your name, as /login"}, "/login"},
    Alias{{"/msg", "ID|NAME TEXT", "writes to one client, as /send"}, "/send"},
    Alias{{"/w", "ID|NAME TEXT", "writes to one client, as /send"}, "/send"},
    Alias{{"/query", "ID|NAME", "sets who receives plain lines, as /to"}, ""},
    Alias{{"/me", "TEXT", "says what you do, as /action"}, "/action"},
    Alias{{"/who", "[#ROOM]", "lists the clients of the server or of a room"}, "/active"},
    Alias{{"/names", "[ROOM]", "lists the clients of a room, as /members"}, "/members"},
    Alias{{"/list", "", "lists the rooms, as /rooms"}, "/rooms"},
    Alias{{"/part", "[ROOM]", "leaves a room, as /leave"}, "/leave"},
    Alias{{"/away", "[TEXT]", "says that you are away"}, "/away"},
    Alias{{"/topic", "[ROOM] [TEXT]", "shows or sets a room's topic"}, "/topic"},
    Alias{{"/history", "[ROOM|NAME] [LIMIT]", "shows earlier messages, each time further back"}, "/history"},
};

const Alias* find_alias(std::string_view command) noexcept {
    const auto* const found = std::find_if(aliases.begin(), aliases.end(), [command](const Alias& alias) {
        return equal_ignoring_case(alias.own.name, command);
    });
    return found == aliases.end() ? nullptr : found;
}

Translation not_there(std::string_view typed, std::string_view command) {
    const std::string needs = equal_ignoring_case(typed, command) ? "" : ", which " + std::string(typed) + " needs";
    return {{}, "This server does not have " + std::string(command) + needs + ". Nothing was sent."};
}

Translation of_server(std::string_view typed, std::string_view command, const std::string& arguments,
                      const Directory& known) {
    if (!known.server_has(command)) return not_there(typed, command);
    return {std::string(command) + (arguments.empty() ? "" : " ") + arguments, {}};
}

Translation usage(std::string_view command) {
    const OwnCommand& own = find_alias(command)->own;
    return {{}, "Usage: " + std::string(own.name) + (own.usage.empty() ? "" : " ") + std::string(own.usage)};
}

Translation action(std::string_view text, const Target& target, const Directory& known) {
    if (trimmed(text).empty()) return usage("/me");
    if (!known.server_has("/action")) return not_there("/me", "/action");
    if (target.kind == Target::Kind::everyone || target.kind == Target::Kind::group)
        return {{}, "/me works in rooms and with one person. Nothing was sent."};
    return {std::string(text), {}, true};
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
    static const auto own = [] {
        std::array<OwnCommand, aliases.size()> commands{};
        std::transform(aliases.begin(), aliases.end(), commands.begin(), [](const Alias& alias) { return alias.own; });
        return commands;
    }();
    return own;
}

std::string_view needed_command(std::string_view command) noexcept {
    const Alias* alias = find_alias(command);
    return alias == nullptr ? "" : alias->needs;
}

std::optional<Translation> translate(std::string_view command, std::string_view text, const Target& target,
                                     const Directory& known) {
    const std::string name = fold_case(command);
    const std::string arguments = trimmed(text);
    if (name == "/nick") return of_server(name, "/login", arguments, known);
    if (name == "/msg" || name == "/w") return message(name, text, known);
    if (name == "/query") return Translation{"/to " + arguments, {}};
    if (name == "/me") return action(text, target, known);
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
    // Its place is chosen where it is known how far back it was shown.
    if (name == "/history") return of_server(name, name, std::string(text), known);
    if (name == "/topic")
        return of_server(name, name, arguments.empty() ? present_room(target) : std::string(text), known);
    return std::nullopt;
}

}  // namespace chat
