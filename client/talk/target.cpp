// The target of a line: see target.h.
#include "client/talk/target.h"

#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {

namespace {

constexpr std::size_t client_id_size = 5;
constexpr std::size_t group_id_size = 4;

bool is_number(std::string_view text, std::size_t size) {
    return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Target> room(std::string_view text) {
    auto name = parse_room(text);
    if (!name) return std::nullopt;
    return Target{Target::Kind::room, *std::move(name), {}};
}

}  // namespace

std::string Target::written() const {
    switch (kind) {
        case Kind::client:
            return name;
        case Kind::room:
            return "room:" + name;
        case Kind::group:
            return "group:" + name;
        case Kind::everyone:
            break;
    }
    return "all";
}

std::string Target::short_name() const {
    if (kind == Kind::room) return name == "lobby" ? "" : "#" + name;
    return kind == Kind::everyone ? written() : in_words();
}

std::string Target::in_words() const {
    switch (kind) {
        case Kind::client:
            return name;
        case Kind::room:
            return name == "lobby" ? "the lobby" : "the room " + name;
        case Kind::group:
            return "group " + name;
        case Kind::everyone:
            break;
    }
    return "everybody";
}

std::string Target::command(std::string_view text) const {
    const std::string what(text);
    switch (kind) {
        case Kind::client:
            return "/send " + (id.empty() ? name : id) + " " + what;
        case Kind::room:
            return "/say " + name + " " + what;
        case Kind::group:
            return "/sendgroup " + name + " " + what;
        case Kind::everyone:
            break;
    }
    return "/broadcast " + what;
}

std::string Target::action(std::string_view text) const {
    return "/action " + (id.empty() ? name : id) + " " + std::string(text);
}

std::optional<Target> parse_target(std::string_view text) {
    if (is_number(text, client_id_size)) return Target{Target::Kind::client, std::string(text), {}};
    if (is_number(text, group_id_size)) return Target{Target::Kind::group, std::string(text), {}};
    const std::string folded = fold_case(text);
    if (folded == "all") return Target{Target::Kind::everyone, {}, {}};
    if (folded == "lobby" || text.starts_with('#')) return room(text);
    if (folded.starts_with("room:")) return room(text);
    if (folded.starts_with("group:")) {
        const std::string_view number = text.substr(6);
        if (!is_number(number, group_id_size)) return std::nullopt;
        return Target{Target::Kind::group, std::string(number), {}};
    }
    if (!is_name(text)) return std::nullopt;
    return Target{Target::Kind::client, std::string(text), {}};
}

std::optional<std::string> parse_room(std::string_view text) {
    std::string_view name = text;
    if (fold_case(name).starts_with("room:")) name.remove_prefix(5);
    if (name.starts_with('#')) name.remove_prefix(1);
    if (!is_room_name(name)) return std::nullopt;
    return fold_case(name) == "lobby" ? "lobby" : std::string(name);
}

}  // namespace chat
