// Operators of the server, who are named by irc.operators: OPER, KILL and WALLOPS.
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/text_rules.h"

#include <string>
#include <vector>

namespace chat::irc {
namespace {

Reading refuse_privilege(const Request& request) {
    Reply reply;
    reply.numeric(481, {}, "Permission Denied- You're not an IRC operator");
    return answer(request, std::move(reply));
}

Reading refuse_oper(const Request& request, int number, std::string_view why) {
    Reply reply;
    reply.numeric(number, {}, why);
    return answer(request, std::move(reply));
}

// An unknown name costs as much time as a wrong password.
Question ask_about(const Request& request) {
    const auto& operators = request.config().irc_operators;
    const auto known = operators.find(std::string(request.param(0)));
    return AccountQuestion{.what = AccountQuestion::What::check_secret,
                           .address = address_of(request.row()),
                           .secret = request.param(1),
                           .verifier = known == operators.end() ? std::string_view() : known->second}
        .question();
}

// After a death before the line was answered its client is gone already.
bool has_just_left(const Request& request, std::string_view nick) {
    constexpr Microseconds just_now = 60'000'000;
    const DepartedRow* row = request.sessions().departed().find_name(nick, request.context->asker.at);
    return row != nullptr && row->left_at + just_now > request.context->asker.at;
}

}  // namespace

Reading oper(const Request& request) {
    if (request.config().irc_operators.empty() || !has_accounts(request))
        return refuse_oper(request, 491, "No O-lines for your host");
    if (!may_send_secrets(*request.context->acts, request.context->asker))
        return refuse_oper(request, 491, "Passwords are accepted only over TLS");
    if (request.context->answer == nullptr) return wait_for(ask_about(request));
    const auto verdict = AccountAnswer::of(*request.context->answer);
    if (!verdict) return refuse_oper(request, 491, "Passwords cannot be checked now; try again later");
    if (verdict->refusal)
        return refuse_oper(request, 464,
                           verdict->refusal == ErrorCode::too_fast ? "Too many wrong passwords; try again later"
                                                                   : "Password incorrect");
    IrcRow row = request.irc();
    row.is_operator = 1;
    Reply reply;
    reply.raw(":MODE " + std::string(request.nick()) + " +o");
    reply.numeric(381, {}, "You are now an IRC operator");
    Reading reading = answer(request, std::move(reply), row);
    reading.journal_entry = "became an IRC operator as " + std::string(request.param(0));
    return reading;
}

// Whoever is removed leaves before the line is answered.
Reading kill(const Request& request) {
    if (request.irc().is_operator == 0) return refuse_privilege(request);
    const std::string_view nick = request.param(0);
    if (equal_ignoring_case(nick, irc_server_name(request.config())))
        return refuse_oper(request, 483, "You can't kill a server!");
    const auto client = request.sessions().find_name(nick);
    if (!client && has_just_left(request, nick)) return silence(request);
    if (!client || !is_visible(request, *client)) return refuse(request, 401, nick, "No such nick/channel");
    const std::string reason(request.param(1).empty() ? request.nick() : request.param(1));
    if (*client == request.client()) return ask(act::Quit{LeaveReason::killed, reason}, {});
    Reading reading = silence(request);
    reading.removes = {*client, "by " + std::string(request.nick()) + ": " + reason};
    return reading;
}

Reading wallops(const Request& request) {
    if (request.irc().is_operator == 0) return refuse_privilege(request);
    if (request.param(0).empty()) return refuse_params(request);
    std::vector<SlotId> receivers;
    for (const SlotId client : request.sessions().everyone())
        if (client != request.client() && speaks_irc(request, client) &&
            request.sessions().irc_row(client.slot).hears_wallops != 0)
            receivers.push_back(client);
    Reply reply;
    reply.raw("!WALLOPS :" + std::string(request.param(0)));
    return answer_to_all(request, std::move(reply), IrcNews::wallops, std::move(receivers));
}

}  // namespace chat::irc
