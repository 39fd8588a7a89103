// What an operator does: Kick, Announce.
#include "chat-acceptor/admin_commands.h"
#include "shared/text_rules.h"

#include <charconv>

namespace chat {
namespace {

using varlink::Json;

// By id or by name: a name never looks like an id.
std::optional<SlotId> find_client(const Sessions& sessions, std::string_view word) {
    std::uint32_t id = 0;
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, id);
    if (error == std::errc() && stop == end) return sessions.find_id(id);
    return sessions.find_name(word);
}

std::string text_of(const Json& parameters, const char* name) {
    const auto found = parameters.find(name);
    return found != parameters.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Fit to be a part of a line to clients.
bool is_sayable(const Acceptor& acceptor, std::string_view text) {
    return is_clean_text(text) && std::cmp_less(text.size(), acceptor.config().max_line);
}

}  // namespace

AdminAnswer admin_kick(AdminContext& context, const AdminRequest& request) {
    Acceptor& acceptor = *context.acceptor;
    const std::string word = text_of(*request.parameters, "client");
    const std::string reason = text_of(*request.parameters, "reason");
    if (!is_sayable(acceptor, reason)) return invalid_parameter("reason");
    const auto client = find_client(acceptor.sessions(), word);
    if (!client) return admin_error("NoSuchClient", {{"client", word}});
    const ClientRow& row = acceptor.sessions().row(client->slot);
    Json who{{"id", row.client_id}, {"name", row.name_view()}};
    if (!acceptor.kick(*client, reason, request.operator_uid)) return admin_error("Busy");
    return {{std::move(who), {}, false}, {}};
}

AdminAnswer admin_announce(AdminContext& context, const AdminRequest& request) {
    Acceptor& acceptor = *context.acceptor;
    const std::string text = text_of(*request.parameters, "text");
    if (text.find_first_not_of(' ') == std::string::npos || !is_sayable(acceptor, text))
        return invalid_parameter("text");
    const auto announced = acceptor.announce_to_everyone(text, request.operator_uid);
    if (!announced) return admin_error("Busy");
    return {{{{"id", announced->id}, {"receivers", announced->receivers}}, {}, false}, {}};
}

}  // namespace chat
