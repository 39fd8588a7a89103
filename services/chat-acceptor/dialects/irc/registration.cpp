// From a connection to a client: CAP PASS NICK USER, and QUIT PING PONG, which may come at any time. Each line before
// the last one changes the row of the client, so a half-finished registration survives like everything else.
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/records/session.h"
#include "shared/system/sha256.h"
#include "shared/text/hex.h"
#include "shared/text/line.h"
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

enum class Names : std::uint8_t { known, asked, unknown };

// Does this process know which nicks belong to accounts? It has to ask only once.
Names names_of_accounts(const Request& request) noexcept {
    const AccountNames* names = request.context->acts->names;
    if (names == nullptr || !names->are_available || names->are_loaded) return Names::known;
    return request.context->answer == nullptr ? Names::asked : Names::unknown;
}

Reading ask_to_try_again(const Request& request) {
    Reply reply;
    reply.numeric(263, {"NICK"}, "Please wait a while and try again.");
    return answer(request, std::move(reply));
}

bool is_taken(const Request& request, std::string_view nick) {
    const AccountNames* names = request.context->acts->names;
    return request.sessions().find_name(nick) || (names != nullptr && names->are_available && names->find(nick));
}

// The nick belongs to an account, and the client may still prove that it owns it, before CAP END.
bool may_log_in_later(const Request& request, std::string_view nick) {
    return request.irc().is_negotiating != 0 && has_accounts(request) && request.context->acts->names->find(nick);
}

// Since it was proven, the operator may have disabled or deleted the account.
void forget_ended_account(const Request& request, IrcRow& row) {
    const AccountNames* names = request.context->acts->names;
    if (row.account != 0 && (names == nullptr || !names->holds(row.account_name.view(), row.account))) row.account = 0;
}

// nullptr if the account is not banned.
const std::string* reason_of_ban(const Request& request, std::uint32_t account) {
    const ActContext& acts = *request.context->acts;
    return account != 0 && acts.reason_of_ban ? acts.reason_of_ban(account, request.context->asker.at) : nullptr;
}

}  // namespace

bool has_server_password(const Request& request, const IrcRow& row) noexcept {
    return request.config().irc_password.empty() || row.has_password == password_is_right;
}

namespace {

// After a line that has changed `row`: is the registration complete now?
Reading proceed(const Request& request, IrcRow row, Reply reply) {
    if (row.wanted.view().empty() || row.user.view().empty() || row.is_negotiating != 0)
        return answer(request, std::move(reply), row);
    if (!has_server_password(request, row)) {
        reply.numeric(464, {}, "Password incorrect");
        return answer(request, std::move(reply), 1);
    }
    if (names_of_accounts(request) == Names::asked) return wait_for(ask_for_names());
    if (names_of_accounts(request) == Names::unknown) return ask_to_try_again(request);
    forget_ended_account(request, row);
    if (const std::string* reason = reason_of_ban(request, row.account)) {
        reply.numeric(465, {}, "You are banned from this server: " + *reason);
        return answer(request, std::move(reply), 1);
    }
    if (row.account == 0 && request.config().accounts_guests == "no") {
        reply.numeric(464, {}, "Log in with SASL, or with PASS NAME:PASSWORD");
        return answer(request, std::move(reply), 1);
    }
    const std::string nick(row.account != 0 ? row.account_name.view() : row.wanted.view());
    if (row.account == 0 && is_taken(request, nick)) {
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
    const bool has_more = row.account != 0 || !request.config().irc_auto_join.empty();
    return {.tag = {},
            .answer = std::make_unique<Draft>(std::move(draft)),
            .next_step = static_cast<std::uint8_t>(has_more ? 1 : 0),
            .takes_name = row.account != 0 ? nick : std::string()};
}

// The line that completed the registration, or failed to, has more to do.
Reading conclude(const Request& request) {
    if (!request.is_registered()) return ask(act::Quit{LeaveReason::quit, "Bad password"}, {});
    const bool has_rooms = !request.config().irc_auto_join.empty();
    if (request.step() == 1 && request.row().account != 0) return finish_login(request, has_rooms ? 2 : 0);
    std::vector<std::string> channels;
    for (const std::string& room : request.config().irc_auto_join) channels.push_back(channel(room));
    const std::vector<std::string_view> views(channels.begin(), channels.end());
    Reading reading = join_rooms(request, views, {}, 2);
    // The act would outlive the channel that it names.
    if (auto* joining = std::get_if<act::JoinRoom>(&reading.act); joining != nullptr && !reading.answer)
        for (const std::string& room : request.config().irc_auto_join)
            if (room == joining->room) {
                joining->room = room;
                reading.tag = room;
            }
    return reading;
}

// A list of capabilities, in as many lines as it needs. Only clients that know version 302 understand more than one;
// others receive only the names that fit.
void add_list(const Request& request, std::string_view subcommand, std::string_view words, bool may_have_lines,
              Reply& reply) {
    const std::string begin = ":CAP " + std::string(request.nick()) + ' ' + std::string(subcommand);
    constexpr std::string_view more = " * :";
    const std::size_t most = longest_line - irc_server_name(request.config()).size() - begin.size() - more.size() - 1;
    while (words.size() > most) {
        const std::size_t end = words.rfind(' ', most);
        reply.raw(begin + std::string(may_have_lines ? more : " :") + std::string(words.substr(0, end)));
        if (!may_have_lines || end == std::string_view::npos) return;
        words.remove_prefix(end + 1);
    }
    reply.raw(begin + " :" + std::string(words));
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
        const bool shows_values = whole_number<std::uint32_t>(request.param(1)).value_or(0) >= 302;
        if (shows_values) row.capabilities |= irc_capability::cap_notify;
        row.offered = offered_bits(request);
        add_list(request, "LS", names_of_capabilities(row.offered, shows_values), shows_values, reply);
    } else if (subcommand == "LIST") {
        const bool knows_302 = (row.capabilities & irc_capability::cap_notify) != 0;
        add_list(request, "LIST", names_of_capabilities(row.capabilities), knows_302, reply);
    } else if (subcommand == "REQ") {
        if (!request.is_registered()) row.is_negotiating = 1;
        const std::string_view wanted = request.param(1);
        const auto changed = change_capabilities(request, wanted);
        const std::uint32_t lost = row.capabilities & ~changed.value_or(row.capabilities);
        if ((lost & (irc_capability::metadata | irc_capability::batch)) != 0) row.subscribed = 0;
        row.capabilities = changed.value_or(row.capabilities);
        row.offered = offered_bits(request);
        reply.raw(to + (changed ? "ACK :" : "NAK :") + std::string(wanted));
    } else if (subcommand == "END") {
        if (request.is_registered() || row.is_negotiating == 0) return silence(request);
        row.is_negotiating = 0;
        if (row.sasl != 0) reply.numeric(906, {}, "SASL authentication aborted");
        row.sasl = 0;
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
    const std::size_t colon = request.param(0).find(':');
    if (request.param(0) != request.config().irc_password && colon != std::string_view::npos && has_accounts(request))
        return log_in_with_password(request, request.param(0).substr(0, colon), request.param(0).substr(colon + 1));
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
    if (names_of_accounts(request) == Names::asked) return wait_for(ask_for_names());
    if (names_of_accounts(request) == Names::unknown) return ask_to_try_again(request);
    const bool is_its_own = request.irc().account != 0 && equal_ignoring_case(request.irc().account_name.view(), nick);
    if (!is_its_own && is_taken(request, nick) && !may_log_in_later(request, nick)) {
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
