// Questions about people: WHOIS WHOWAS USERHOST ISON.
#include "chat-acceptor/acts/room_rules.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/metadata.h"
#include "shared/records/metadata.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <span>
#include <vector>

namespace chat::irc {
namespace {

Reading no_such_nick(const Request& request, std::string_view nick, int end, std::string_view text) {
    Reply reply;
    reply.numeric(end == 369 ? 406 : 401, {nick}, end == 369 ? "There was no such nickname" : "No such nick/channel");
    reply.numeric(end, {nick}, text);
    return answer(request, std::move(reply));
}

}  // namespace

Reading whois(const Request& request) {
    constexpr std::string_view end = "End of /WHOIS list";
    const std::string_view nick = request.param(request.line->params.size() > 1 ? 1 : 0);
    Reply reply;
    if (nick.empty()) {
        reply.numeric(431, {}, "No nickname given");
        return answer(request, std::move(reply));
    }
    const auto client = request.sessions().find_name(nick);
    if (!client || !is_visible(request, *client)) return no_such_nick(request, nick, 318, end);
    const ClientRow& row = request.sessions().row(client->slot);
    const std::string_view name = row.name_view();
    const Source source = source_of(request, *client);
    reply.numeric(311, {name, source.user, source.host, "*"}, source.real_name);
    std::string channels;
    const std::string server = irc_server_name(request.config());
    for (const Room room : request.rooms().rooms_of(*client)) {
        if (!is_shown_to(request.tables(), room, request.client())) continue;
        const std::string one = std::string(prefix_of(request, *client, room)) + channel(request.rooms().name(room));
        if (server.size() + request.nick().size() + name.size() + channels.size() + one.size() + 12 > longest_line) {
            reply.numeric(319, {name}, channels);
            channels.clear();
        }
        channels.append(channels.empty() ? "" : " ").append(one);
    }
    if (!channels.empty()) reply.numeric(319, {name}, channels);
    reply.numeric(312, {name, server}, request.config().irc_network);
    if (source.is_away) reply.numeric(301, {name}, request.sessions().irc_row(client->slot).away.view());
    if (is_operator(request, *client)) reply.numeric(313, {name}, "is an IRC operator");
    if (source.is_bot) reply.numeric(335, {name}, "is a bot");
    if (row.is_secure != 0) reply.numeric(671, {name}, "is using a secure connection");
    if (row.account != 0) reply.numeric(330, {name, name}, "is logged in as");
    if (takes_metadata(request))
        for (const MetadataRow* value : request.tables().metadata.of_client(*client))
            reply.numeric(760, {name, metadata_keys[value->key], "*"}, value->value_view());
    if (*client == request.client() || request.irc().is_operator != 0)
        reply.numeric(317, {name, "0", seconds_of(row.connected_at)}, "seconds idle, signon time");
    reply.numeric(318, {nick}, end);
    return answer_part(request, std::move(reply), {});
}

Reading whowas(const Request& request) {
    constexpr std::string_view end = "End of WHOWAS";
    const std::string_view nick = request.param(0);
    Reply reply;
    if (nick.empty()) {
        reply.numeric(431, {}, "No nickname given");
        return answer(request, std::move(reply));
    }
    constexpr std::size_t most = 20;
    std::size_t limit = whole_number<std::size_t>(request.param(1)).value_or(0);
    if (limit == 0 || limit > most) limit = most;
    const std::vector<const DepartedRow*> rows =
        request.sessions().departed().find_all(nick, request.context->asker.at, limit);
    if (rows.empty()) return no_such_nick(request, nick, 369, end);
    for (const DepartedRow* row : rows) {
        const bool spoke_irc = row->irc_user.size > 0;
        const std::string user = spoke_irc ? "~" + std::string(row->irc_user.view()) : std::to_string(row->client_id);
        reply.numeric(
            314, {row->name_view(), user, spoke_irc ? std::string(row->irc_host.view()) + ".hidden" : "native", "*"},
            spoke_irc ? row->irc_real_name.view() : row->name_view());
        reply.numeric(312, {row->name_view(), irc_server_name(request.config())}, time_text(row->left_at));
    }
    reply.numeric(369, {nick}, end);
    return answer_part(request, std::move(reply), {});
}

Reading userhost(const Request& request) {
    constexpr std::size_t most = 5;
    std::string found;
    for (std::size_t i = 0; i < std::min(most, request.line->params.size()); ++i) {
        const auto client = request.sessions().find_name(request.param(i));
        if (!client || !is_visible(request, *client)) continue;
        const Source source = source_of(request, *client);
        found.append(found.empty() ? "" : " ")
            .append(request.sessions().row(client->slot).name_view())
            .append(is_operator(request, *client) ? "*" : "")
            .append(source.is_away ? "=-" : "=+")
            .append(source.user + '@' + source.host);
    }
    Reply reply;
    reply.numeric(302, {}, found);
    return answer(request, std::move(reply));
}

Reading ison(const Request& request) {
    std::string found;
    for (const std::string_view param : request.line->params)
        for (std::string_view words = param; !words.empty();) {
            const auto [word, rest] = split_first_word(words);
            words = rest;
            const auto client = request.sessions().find_name(word);
            if (!client || !is_visible(request, *client)) continue;
            const std::string_view nick = request.sessions().row(client->slot).name_view();
            if (found.size() + nick.size() + 110 > longest_line) break;
            found.append(found.empty() ? "" : " ").append(nick);
        }
    Reply reply;
    reply.numeric(303, {}, found);
    return answer(request, std::move(reply));
}

}  // namespace chat::irc
