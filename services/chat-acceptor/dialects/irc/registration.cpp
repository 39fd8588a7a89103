// From a connection to a client: CAP PASS NICK USER, and QUIT PING PONG, which may come at any time. Each line before
// the last one changes the row of the client, so a half-finished registration survives like everything else.
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/records/session.h"
#include "shared/system/sha256.h"
#include "shared/text/hex.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace chat::irc {
namespace {

constexpr std::uint8_t password_is_right = 1;
constexpr std::uint8_t password_is_wrong = 2;

bool is_nick(const Request& request, std::string_view nick) {
    return is_allowed_name(*request.context->acts, nick) && nick.find('.') == std::string_view::npos;
}

// An address never appears: others see the beginning of its hash with a key that only this server knows.
std::string hidden_host(const Request& request) {
    const std::string_view peer = request.row().peer_view();
    const std::uint64_t key = request.sessions().hidden_key();
    Sha256 hash;
    hash.add(&key, sizeof key);
    hash.add(peer.data(), std::min(peer.rfind(':'), peer.size()));
    constexpr std::size_t digits = 12;
    return hex_of(hash.finish()).substr(0, digits) + ".hidden";
}

bool is_taken(const Request& request, std::string_view nick) {
    const AccountNames* names = request.context->acts->names;
    return request.sessions().find_name(nick) || (names != nullptr && names->are_available && names->find(nick));
}

// After a line that has changed `row`: is the registration complete now?
Reading proceed(const Request& request, IrcRow row, Reply reply) {
    if (row.wanted.view().empty() || row.user.view().empty() || row.is_negotiating != 0)
        return answer(request, std::move(reply), row);
    if (!request.config().irc_password.empty() && row.has_password != password_is_right) {
        reply.numeric(464, {}, "Password incorrect");
        return answer(request, std::move(reply), 1);
    }
    const std::string nick(row.wanted.view());
    if (is_taken(request, nick)) {
        reply.numeric(433, {nick}, "Nickname is already in use");
        row.wanted.set({});
        return answer(request, std::move(reply), row);
    }
    greet(request, nick, row, reply);
    row.wanted.set({});
    const records::Introduced introduced{
        .name = nick, .row = {reinterpret_cast<const char*>(&row), sizeof row}, .lines = reply.lines()};
    std::string text;
    const Record record = introduced.record(text);
    Draft draft = Draft(record).with_text(std::move(text)).with_name(nick);
    return {.tag = {},
            .answer = std::make_unique<Draft>(std::move(draft)),
            .next_step = static_cast<std::uint8_t>(request.config().irc_auto_join.empty() ? 0 : 1)};
}

// The line that completed the registration, or failed to, has more to do.
Reading conclude(const Request& request) {
    if (!request.is_registered()) return ask(act::Quit{LeaveReason::quit, "Bad password"}, {});
    std::vector<std::string> channels;
    for (const std::string& room : request.config().irc_auto_join) channels.push_back(channel(room));
    const std::vector<std::string_view> views(channels.begin(), channels.end());
    Reading reading = join_rooms(request, views, {}, 1);
    // The act would outlive the channel that it names.
    if (auto* joining = std::get_if<act::JoinRoom>(&reading.act); joining != nullptr && !reading.answer)
        for (const std::string& room : request.config().irc_auto_join)
            if (room == joining->room) {
                joining->room = room;
                reading.tag = room;
            }
    return reading;
}

std::string in_upper_case(std::string_view word) {
    std::string upper(word);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

}  // namespace

Reading negotiate(const Request& request) {
    if (request.step() != 0) return conclude(request);
    IrcRow row = request.irc();
    Reply reply;
    const std::string subcommand = in_upper_case(request.param(0));
    const std::string to = ":CAP " + std::string(request.nick()) + ' ';
    if (subcommand == "LS") {
        if (!request.is_registered()) row.is_negotiating = 1;
        reply.raw(to + "LS :");
    } else if (subcommand == "LIST") {
        reply.raw(to + "LIST :");
    } else if (subcommand == "REQ") {
        if (!request.is_registered()) row.is_negotiating = 1;
        const std::string_view wanted = request.param(1);
        const bool is_empty = wanted.find_first_not_of(' ') == std::string_view::npos;
        reply.raw(to + (is_empty ? "ACK :" : "NAK :") + std::string(wanted));
    } else if (subcommand == "END") {
        if (request.is_registered() || row.is_negotiating == 0) return silence(request);
        row.is_negotiating = 0;
        return proceed(request, row, std::move(reply));
    } else {
        reply.numeric(410, {subcommand.empty() ? "*" : subcommand}, "Invalid CAP command");
    }
    return answer(request, std::move(reply), row);
}

Reading take_password(const Request& request) {
    Reply reply;
    if (request.is_registered()) {
        reply.numeric(462, {}, "You may not reregister");
        return answer(request, std::move(reply));
    }
    IrcRow row = request.irc();
    row.has_password = request.param(0) == request.config().irc_password ? password_is_right : password_is_wrong;
    return answer(request, std::move(reply), row);
}

Reading take_nick(const Request& request) {
    if (request.step() != 0) return conclude(request);
    const std::string_view nick = request.param(0);
    Reply reply;
    if (nick.empty()) {
        reply.numeric(431, {}, "No nickname given");
        return answer(request, std::move(reply));
    }
    if (!is_nick(request, nick)) {
        const bool can_be_shown = nick.find(' ') == std::string_view::npos && !nick.starts_with(':');
        reply.numeric(432, {can_be_shown ? nick : "*"}, "Erroneous nickname");
        return answer(request, std::move(reply));
    }
    if (request.is_registered())
        return nick == request.row().name_view() ? silence(request) : ask(act::Rename{nick}, nick);
    if (is_taken(request, nick)) {
        reply.numeric(433, {nick}, "Nickname is already in use");
        return answer(request, std::move(reply));
    }
    IrcRow row = request.irc();
    row.wanted.set(nick);
    return proceed(request, row, std::move(reply));
}

Reading take_user(const Request& request) {
    if (request.step() != 0) return conclude(request);
    Reply reply;
    if (request.is_registered()) {
        reply.numeric(462, {}, "You may not reregister");
        return answer(request, std::move(reply));
    }
    if (request.line->params.size() < 4 || request.param(0).empty() || request.param(3).empty())
        return refuse_params(request);
    std::string user(request.param(0));
    std::erase_if(user, [](char c) {
        return !(c >= '0' && c <= '9') && !(lower_case(c) >= 'a' && lower_case(c) <= 'z') && c != '_' && c != '-' &&
               c != '.';
    });
    if (user.empty()) {
        reply.numeric(468, {}, "Your username is not valid");
        return answer(request, std::move(reply));
    }
    IrcRow row = request.irc();
    row.user.set(user);
    row.host.set(hidden_host(request));
    row.real_name.set(request.param(3));
    return proceed(request, row, std::move(reply));
}

Reading ping(const Request& request) {
    Reply reply;
    if (request.line->params.empty()) return refuse_params(request);
    if (request.param(0).empty()) {
        reply.numeric(409, {}, "No origin specified");
        return answer(request, std::move(reply));
    }
    reply.raw(":PONG " + irc_server_name(request.config()) + " :" + std::string(request.param(0)));
    return answer(request, std::move(reply));
}

Reading pong(const Request& request) {
    return silence(request);
}

Reading quit(const Request& request) {
    return ask(act::Quit{LeaveReason::quit, request.param(0)}, {});
}

}  // namespace chat::irc
