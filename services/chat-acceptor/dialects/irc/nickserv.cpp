// NickServ: a name that answers IDENTIFY, REGISTER and GHOST, with the acts of /login and /register.
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/text/line.h"
#include "shared/text/text_rules.h"

namespace chat::irc {
namespace {

void say(const Request& request, Reply& reply, std::string_view text) {
    reply.raw("=:NickServ!NickServ@" + irc_server_name(request.config()) + " NOTICE " + std::string(request.nick()) +
              " :" + std::string(text));
}

Reading explain(const Request& request) {
    Reply reply;
    say(request, reply, "REGISTER PASSWORD [INVITATION]: makes your nick yours");
    say(request, reply, "IDENTIFY [NICK] PASSWORD: logs in, and gives you that nick");
    say(request, reply, "GHOST NICK PASSWORD: the same; whoever has the nick gets another one");
    Reading reading = answer(request, std::move(reply));
    reading.is_secret = true;
    return reading;
}

Reading ask_secretly(Act act) {
    Reading reading = ask(std::move(act), asked_nickserv);
    reading.is_secret = true;
    return reading;
}

// One word is the password of the client's own nick; before a password there may be another nick.
Reading identify(const Request& request, std::string_view words) {
    const auto [first, rest] = split_first_word(words);
    return ask_secretly(rest.empty() ? act::LogIn{request.row().name_view(), words} : act::LogIn{first, rest});
}

}  // namespace

bool is_nickserv(std::string_view target) noexcept {
    return equal_ignoring_case(target, "NickServ");
}

Reading write_to_nickserv(const Request& request, std::string_view text) {
    const auto [command, words] = split_first_word(text.substr(0, text.find_last_not_of(' ') + 1));
    const auto is = [&word = command](std::string_view name) { return equal_ignoring_case(word, name); };
    if (words.empty()) return explain(request);
    if (is("IDENTIFY") || is("LOGIN")) return identify(request, words);
    if (is("GHOST") || is("RECOVER") || is("REGAIN")) return identify(request, words);
    if (!is("REGISTER")) return explain(request);
    const auto [secret, rest] = split_first_word(words);
    // Elsewhere an address of mail follows the password.
    const std::string_view token = rest.find('@') == std::string_view::npos ? rest : std::string_view();
    return ask_secretly(act::RegisterName{secret, token});
}

Reading ask_nickserv(const Request& request) {
    const auto& params = request.line->params;
    const char* begin = params.front().data();
    return write_to_nickserv(request,
                             {begin, static_cast<std::size_t>(params.back().data() + params.back().size() - begin)});
}

}  // namespace chat::irc
