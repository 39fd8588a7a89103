// The person's own messages: see own_message.h.
#include "client/talk/own_message.h"

#include "shared/text/line.h"
#include "shared/text/text_rules.h"

namespace chat {

std::optional<OwnMessage> own_message(std::string_view command, std::string_view text, const Target& target) {
    if (command.empty()) return OwnMessage{target, std::string(text)};
    if (equal_ignoring_case(command, "/broadcast") && !text.empty())
        return OwnMessage{{Target::Kind::everyone, {}, {}}, std::string(text)};
    const auto [receiver, rest] = split_first_word(text);
    if (receiver.empty() || rest.empty()) return std::nullopt;
    Target::Kind kind = Target::Kind::client;
    if (equal_ignoring_case(command, "/say")) {
        kind = Target::Kind::room;
    } else if (equal_ignoring_case(command, "/sendgroup")) {
        kind = Target::Kind::group;
    } else if (!equal_ignoring_case(command, "/send")) {
        return std::nullopt;
    }
    std::string_view name = receiver;
    if (kind == Target::Kind::room && name.starts_with('#')) name.remove_prefix(1);
    if (kind == Target::Kind::group && name.starts_with("group:")) name.remove_prefix(6);
    return OwnMessage{{kind, std::string(name), {}}, std::string(rest)};
}

std::optional<OwnMessage> message_of(const Request& request) {
    if (request.is_of_paste) return OwnMessage{request.target, request.typed};
    const ClientLine typed = parse_client_line(request.typed);
    if (request.is_action) return OwnMessage{request.target, std::string(typed.text), true};
    return own_message(typed.command, typed.text, request.target);
}

std::string own_words(const OwnMessage& message, const Viewer& viewer, const Directory& known) {
    const Target& to = message.to;
    std::string receiver;
    std::string place;
    switch (to.kind) {
        case Target::Kind::client:
            receiver = to.id.empty() ? known.name_of(to.name) : to.name;
            break;
        case Target::Kind::group:
            receiver = group_in_words(to.name, known);
            break;
        case Target::Kind::room:
            if (!equal_ignoring_case(to.name, "lobby")) place = " (in " + to.name + ")";
            break;
        case Target::Kind::everyone:
            place = " (to all)";
            break;
    }
    if (message.is_action) {
        if (!receiver.empty()) place = " (to " + receiver + ")";
        return "* " + viewer.name + place + " " + message.text;
    }
    return (receiver.empty() ? viewer.name + place : "to " + receiver) + ": " + message.text;
}

}  // namespace chat
