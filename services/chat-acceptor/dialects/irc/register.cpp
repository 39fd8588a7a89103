// REGISTER and VERIFY (draft/account-registration): a client registers its nick, before or after its own registration.
// The question is the one of /register; an email address is not needed, and is not stored.
#include "chat-acceptor/acts/waiting.h"
#include "chat-acceptor/dialects/irc/capabilities.h"
#include "chat-acceptor/dialects/irc/commands.h"
#include "shared/records/answer.h"
#include "shared/records/command_tag.h"
#include "shared/text/text_rules.h"

#include <string>
#include <utility>

namespace chat::irc {
namespace {

Reading fail_account(const Request& request, std::string_view command, std::string_view code, std::string_view account,
                     std::string_view text) {
    Reply reply;
    reply.fail(command, code, {account}, text);
    return answer(request, std::move(reply));
}

std::string_view code_of_refusal(ErrorCode code) noexcept {
    if (code == ErrorCode::name_taken) return "ACCOUNT_EXISTS";
    if (code == ErrorCode::bad_name) return "BAD_ACCOUNT_NAME";
    if (code == ErrorCode::weak_secret) return "WEAK_PASSWORD";
    return "TEMPORARILY_UNAVAILABLE";
}

// Anything that might be one: nothing is ever sent there.
bool may_be_mail(std::string_view word) noexcept {
    return word == "*" || (word.find('@') != std::string_view::npos && word.find(' ') == std::string_view::npos);
}

// What can be refused without asking.
std::optional<Reading> refuse_registration(const Request& request, std::string_view nick, bool has_answer) {
    const auto fail = [&](std::string_view code, std::string_view about, std::string_view text) {
        return fail_account(request, "REGISTER", code, about, text);
    };
    const std::string_view account = request.param(0);
    if (is_logged_in(request)) return fail("ALREADY_AUTHENTICATED", account, "You are logged in already");
    if (nick == "*") return fail("NEED_NICK", "*", "Choose a nick first");
    if (account != "*" && !equal_ignoring_case(account, nick))
        return fail("ACCOUNT_NAME_MUST_BE_NICK", account, "Only your nick can become the name of your account");
    if (!may_be_mail(request.param(1))) return fail("INVALID_EMAIL", nick, "That is not an address of mail");
    if (request.is_registered()) return std::nullopt;
    if (!has_server_password(request, request.irc()))
        return fail("TEMPORARILY_UNAVAILABLE", nick, "Send the password of the server first, with PASS");
    // Somebody may have taken it since NICK. If the account exists by now, it gets its name back.
    if (!has_answer && request.sessions().find_name(nick))
        return fail("ACCOUNT_EXISTS", nick, "Somebody else has this nick");
    return std::nullopt;
}

}  // namespace

Reading register_account(const Request& request) {
    const std::string_view nick = request.nick();
    const ReadContext& context = *request.context;
    const bool has_answer = context.answer != nullptr && !context.answer->is_preliminary;
    if (auto refusal = refuse_registration(request, nick, has_answer)) return *std::move(refusal);
    const act::RegisterName act{
        .secret = request.param(2), .token = {}, .name = request.is_registered() ? std::string_view() : nick};
    if (!has_answer)
        if (auto question = ask_about_account(act, *context.acts, context.asker)) return wait_for(*std::move(question));
    const auto made = context.answer != nullptr ? AccountAnswer::of(*context.answer) : std::nullopt;
    const auto refusal = made ? refuse_login(act, *made, *context.acts, context.asker)
                              : std::optional(perform(act, *context.acts, context.asker));
    if (refusal) {
        const auto error = records::Error::of(refusal->record());
        return fail_account(request, "REGISTER", code_of_refusal(error.code), nick, error.text);
    }
    if (request.is_registered())
        return ask(act::RegisterName{.secret = request.param(2), .token = {}}, asked_to_register);
    IrcRow row = request.irc();
    row.account = static_cast<std::uint32_t>(made->account);
    row.account_since = made->since;
    row.failed = 0;
    row.account_name.set(made->name);
    Reply reply;
    reply.raw(":REGISTER SUCCESS " + std::string(made->name) + " :" + std::string(text_of_registration));
    add_logged_in(request, made->name, reply);
    return answer(request, std::move(reply), row);
}

// Nothing ever waits for a code.
Reading verify_account(const Request& request) {
    const std::string_view account = request.param(0);
    return is_logged_in(request)
               ? fail_account(request, "VERIFY", "ALREADY_AUTHENTICATED", account, "You are logged in already")
               : fail_account(request, "VERIFY", "INVALID_CODE", account, "No registration waits for a code");
}

}  // namespace chat::irc
