// What an operator does: Kick, Announce.
#include "chat-acceptor/admin/admin_commands.h"
#include "shared/text/text_rules.h"

#include <utility>

namespace chat {
namespace {

// Can be part of a line to clients.
bool is_valid_text(const Acceptor& acceptor, std::string_view text) {
    return is_clean_text(text) && std::cmp_less(text.size(), acceptor.config().max_line);
}

}  // namespace

AdminAnswer admin_kick(AdminContext& context, const AdminRequest& request) {
    Acceptor& acceptor = *context.acceptor;
    const std::string word = text_parameter(request, "client");
    const std::string reason = text_parameter(request, "reason");
    if (!is_valid_text(acceptor, reason)) return invalid_parameter("reason");
    const auto client = find_client(acceptor.sessions(), word);
    if (!client) return admin_error("NoSuchClient", {{"client", word}});
    const ClientRow& row = acceptor.sessions().row(client->slot);
    Json who{{"id", row.client_id}, {"name", row.name_view()}};
    if (!acceptor.operators().kick(*client, reason, request.operator_uid)) return admin_error("Busy");
    return {{std::move(who), {}, false}, {}};
}

AdminAnswer admin_announce(AdminContext& context, const AdminRequest& request) {
    Acceptor& acceptor = *context.acceptor;
    const std::string text = text_parameter(request, "text");
    if (text.find_first_not_of(' ') == std::string::npos || !is_valid_text(acceptor, text))
        return invalid_parameter("text");
    const auto announced = acceptor.operators().announce_to_everyone(text, request.operator_uid);
    if (!announced) return admin_error("Busy");
    return {{{{"id", announced->id}, {"receivers", announced->receivers}}, {}, false}, {}};
}

}  // namespace chat
