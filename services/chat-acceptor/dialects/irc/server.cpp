// What the server says of itself: the greeting, and LUSERS MOTD VERSION TIME INFO ADMIN LINKS STATS HELP.
#include "chat-acceptor/dialects/irc/commands.h"
#include "chat-acceptor/dialects/irc/list_conditions.h"
#include "chat-acceptor/dialects/irc/metadata.h"
#include "shared/memory/watch_table.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat::irc {
namespace {

const Microseconds started_at = wall_clock();  // of this process

std::string version_name() {
    return "chat-" CHAT_VERSION;
}

bool is_other_server(const Request& request, std::string_view name) {
    return !name.empty() && !matches(name, irc_server_name(request.config())) && !request.sessions().find_name(name);
}

Reading no_such_server(const Request& request, std::string_view name) {
    Reply reply;
    reply.numeric(402, {name}, "No such server");
    return answer(request, std::move(reply));
}

Reading say(const Request& request, int number, std::initializer_list<std::string_view> params, std::string_view text) {
    Reply reply;
    reply.numeric(number, params, text);
    return answer(request, std::move(reply));
}

}  // namespace

void add_support(const Request& request, Reply& reply) {
    constexpr std::string_view end = "are supported by this server";
    const std::string network = "NETWORK=" + request.config().irc_network;
    const std::string rooms = "CHANLIMIT=#:" + std::to_string(request.config().max_rooms_per_client);
    const std::string masks = "MAXLIST=beI:" + std::to_string(request.config().irc_masks_per_room);
    reply.numeric(
        5,
        // Many clients cannot do without PREFIX.
        {"CASEMAPPING=ascii", "CHANTYPES=#&", "PREFIX=(ov)@+", "CHANMODES=beI,k,l,Cimnst", "STATUSMSG=@+", "MODES=4",
         "NICKLEN=32", "USERLEN=19", "CHANNELLEN=33", "TOPICLEN=390", "KICKLEN=300", "AWAYLEN=200", network},
        end);
    reply.numeric(
        5,
        {rooms, masks, "EXCEPTS=e", "INVEX", "EXTBAN=,am", "ELIST=CMNTU",
         "TARGMAX=NAMES:4,LIST:" + std::to_string(max_list_conditions) +
             ",KICK:4,WHOIS:1,PRIVMSG:4,NOTICE:4,TAGMSG:4,JOIN:,PART:",
         "MAXTARGETS=4", "SAFELIST", "UTF8ONLY", "WHOX", "MONITOR=" + std::to_string(watches_per_client), "BOT=B"},
        end);
    reply.numeric(5,
                  {"CHATHISTORY=" + std::to_string(request.config().history_page), "MSGREFTYPES=msgid,timestamp",
                   "ACCOUNTEXTBAN=a"},
                  end);
}

void add_lusers(const Request& request, bool is_new, Reply& reply) {
    static std::size_t most = 0;  // since this process started
    const Sessions& sessions = request.sessions();
    const std::size_t clients = sessions.everyone().size() + (is_new ? 1 : 0);
    const std::size_t unknown = sessions.unregistered_count() - (is_new ? 1 : 0);
    most = std::max(most, clients);
    const bool has_lobby = !request.rooms().members(lobby).empty();
    const std::string users = std::to_string(clients);
    const std::string peak = std::to_string(most);
    reply.numeric(251, {}, "There are " + users + " users and 0 invisible on 1 servers");
    reply.numeric(252, {std::to_string(sessions.irc_operator_count())}, "operator(s) online");
    reply.numeric(253, {std::to_string(unknown)}, "unknown connection(s)");
    reply.numeric(254, {std::to_string(request.rooms().count() - (has_lobby ? 0 : 1))}, "channels formed");
    reply.numeric(255, {}, "I have " + users + " clients and 0 servers");
    reply.numeric(265, {users, peak}, "Current local users " + users + ", max " + peak);
    reply.numeric(266, {users, peak}, "Current global users " + users + ", max " + peak);
}

void add_motd(const Request& request, Reply& reply) {
    std::string_view text = request.config().irc_motd;
    if (text.empty()) {
        reply.numeric(422, {}, "MOTD File is missing");
        return;
    }
    reply.numeric(375, {}, "- " + irc_server_name(request.config()) + " Message of the day -");
    while (!text.empty()) {
        constexpr std::size_t longest = 400;
        const std::string_view line = beginning_of(text.substr(0, text.find('\n')), longest);
        text.remove_prefix(std::min(line.size() + (text.substr(line.size()).starts_with('\n') ? 1 : 0), text.size()));
        reply.numeric(372, {}, "- " + std::string(line));
    }
    reply.numeric(376, {}, "End of /MOTD command");
}

void greet(const Request& request, std::string_view nick, const IrcRow& row, Reply& reply) {
    const std::string server = irc_server_name(request.config());
    std::string source(nick);
    source.append("!~").append(row.user.view()).append("@").append(row.host.view());
    reply.numeric(1, {}, "Welcome to the " + request.config().irc_network + " Network, " + source);
    reply.numeric(2, {}, "Your host is " + server + ", running version " + version_name());
    reply.numeric(3, {}, "This server was created " + time_text(started_at));
    reply.numeric(4, {server, version_name(), "Biow", "CIbeiklmnostv", "Ibeklov"});
    add_support(request, reply);
    add_lusers(request, true, reply);
    add_own_metadata(request, nick, row, reply);
    add_motd(request, reply);
    reply.numeric(221, {user_modes(row)});
}

Reading lusers(const Request& request) {
    Reply reply;
    add_lusers(request, false, reply);
    return answer(request, std::move(reply));
}

Reading motd(const Request& request) {
    if (is_other_server(request, request.param(0))) return no_such_server(request, request.param(0));
    Reply reply;
    add_motd(request, reply);
    return answer(request, std::move(reply));
}

Reading version(const Request& request) {
    if (is_other_server(request, request.param(0))) return no_such_server(request, request.param(0));
    Reply reply;
    reply.numeric(351, {version_name(), irc_server_name(request.config())}, "chat");
    add_support(request, reply);
    return answer(request, std::move(reply));
}

Reading time(const Request& request) {
    if (is_other_server(request, request.param(0))) return no_such_server(request, request.param(0));
    const Microseconds now = request.context->asker.at;
    return say(request, 391, {irc_server_name(request.config())}, local_date(now) + ' ' + local_time(now));
}

Reading info(const Request& request) {
    if (is_other_server(request, request.param(0))) return no_such_server(request, request.param(0));
    Reply reply;
    reply.numeric(371, {}, version_name() + ", a chat server for native and IRC clients");
    reply.numeric(374, {}, "End of INFO list");
    return answer(request, std::move(reply));
}

Reading admin(const Request& request) {
    if (is_other_server(request, request.param(0))) return no_such_server(request, request.param(0));
    Reply reply;
    reply.numeric(256, {irc_server_name(request.config())}, "Administrative info");
    reply.numeric(257, {}, request.config().irc_network);
    reply.numeric(258, {}, irc_server_name(request.config()));
    reply.numeric(259, {}, "Ask whoever runs this host");
    return answer(request, std::move(reply));
}

// A server without links has nothing to list.
Reading links(const Request& request) {
    return say(request, 365, {"*"}, "End of /LINKS list");
}

Reading stats(const Request& request) {
    const std::string_view letter = first_character(request.param(0));
    Reply reply;
    if (letter == "u") {
        constexpr Microseconds second = 1'000'000;
        constexpr Microseconds a_day = 86'400;
        const Microseconds up = std::max<Microseconds>(request.context->asker.at - started_at, 0) / second;
        const auto two_digits = [](Microseconds number) { return (number < 10 ? "0" : "") + std::to_string(number); };
        reply.numeric(242, {},
                      "Server Up " + std::to_string(up / a_day) + " days " + std::to_string(up % a_day / 3600) + ':' +
                          two_digits(up / 60 % 60) + ':' + two_digits(up % 60));
    }
    reply.numeric(219, {letter.empty() ? "*" : letter}, "End of /STATS report");
    return answer(request, std::move(reply));
}

Reading help(const Request& request) {
    const std::string_view subject = request.param(0);
    Reply reply;
    const Command* command = subject.empty() ? nullptr : find_command(subject);
    if (!subject.empty() && command == nullptr) {
        reply.numeric(524, {subject.find(' ') == std::string_view::npos ? subject : "*"},
                      "There is no help on that subject");
        return answer(request, std::move(reply));
    }
    const std::string_view name = command != nullptr ? command->name : "*";
    if (command != nullptr) {
        reply.numeric(704, {name}, command->usage);
        reply.numeric(705, {name}, "The server understands it in any case");
    } else {
        reply.numeric(704, {name}, "HELP COMMAND explains one of these commands:");
        for (const Command& row : command_table()) reply.numeric(705, {name}, row.usage);
    }
    reply.numeric(706, {name}, "End of /HELP");
    return answer(request, std::move(reply));
}

}  // namespace chat::irc
