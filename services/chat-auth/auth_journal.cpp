// Which answers are worth an entry.
#include "chat-auth/auth_journal.h"

#include "shared/system/journal.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace chat {
namespace {

std::string_view action_of(AuthMethod method) noexcept {
    switch (method) {
        case AuthMethod::register_name:
            return "was registered";
        case AuthMethod::change_password:
            return "has a new password";
        case AuthMethod::reset_password:
            return "has a new password, set with a token of an operator";
        case AuthMethod::add_certificate:
            return "can be used with a further certificate";
        case AuthMethod::remove_certificate:
            return "can be used with fewer certificates";
        case AuthMethod::add:
            return "was added by an operator";
        case AuthMethod::issue_reset:
            return "may get a new password: an operator has issued a token";
        case AuthMethod::disable:
            return "was disabled by an operator";
        case AuthMethod::enable:
            return "was enabled by an operator";
        case AuthMethod::remove:
            return "was deleted by an operator";
        case AuthMethod::login:
        case AuthMethod::check_secret:
        case AuthMethod::login_with_certificate:
        case AuthMethod::issue_ticket:
        case AuthMethod::names:
        case AuthMethod::list:
        case AuthMethod::invite:
            break;
    }
    return {};
}

}  // namespace

bool AuthJournal::note(const AuthRequest& request, const std::optional<AuthAnswer>& answer,
                       const std::string& trouble) {
    bool has_changed = note_trouble(trouble);
    if (request.verdict) has_changed |= note_script(request.verdict->came ? "" : request.verdict->name);
    if (answer) note_answer(request, *answer);
    return has_changed;
}

void AuthJournal::note_answer(const AuthRequest& request, const AuthAnswer& answer) {
    if (answer.refusal) {
        if (*answer.refusal == ErrorCode::wrong_secret || *answer.refusal == ErrorCode::no_such_account ||
            *answer.refusal == ErrorCode::too_fast)
            if (is_of_person(request.method)) note_failure(request, *answer.refusal);
        return;
    }
    const std::string_view action = action_of(request.method);
    if (action.empty()) return;
    journal(Priority::notice, "account-changed", "The account " + answer.name + ' ' + std::string(action),
            {{"CHAT_ACCOUNT", answer.name},
             {"CHAT_PEER", request.address},
             {"CHAT_OPERATOR_UID", is_of_person(request.method) ? "" : std::to_string(request.operator_uid)}});
}

void AuthJournal::note_failure(const AuthRequest& request, ErrorCode code) {
    const bool is_noted = code == ErrorCode::too_fast ? !std::exchange(too_fast_noted_, true) : entries_left_ > 0;
    if (!is_noted) {
        ++unnoted_;
        return;
    }
    if (code != ErrorCode::too_fast) --entries_left_;
    journal(Priority::warning, "login-failed",
            "Login from " + request.address + " failed: " + std::string(word_of(code)),
            {{"CHAT_PEER", request.address}, {"CHAT_REASON", std::string(word_of(code))}});
}

void AuthJournal::tick() {
    too_fast_noted_ = false;
    entries_left_ = std::min(entries_left_ + entries_a_second, entries_at_once);
    if (const std::uint64_t others = std::exchange(unnoted_, 0); others > 0)
        journal(Priority::warning, "login-failed", std::to_string(others) + " further logins failed",
                {{"CHAT_COUNT", std::to_string(others)}});
}

bool AuthJournal::note_trouble(const std::string& trouble) {
    if (trouble == trouble_) return false;
    trouble_ = trouble;
    if (!trouble.empty())
        journal(Priority::error, "database-trouble", "Accounts cannot be read or written: " + trouble);
    else
        journal(Priority::notice, "database-recovered", "Accounts can be read and written again");
    return true;
}

bool AuthJournal::note_script(const std::string& trouble) {
    if (trouble == script_trouble_) return false;
    script_trouble_ = trouble;
    if (!trouble.empty())
        journal(Priority::error, "database-trouble", "Passwords cannot be checked: " + trouble);
    else
        journal(Priority::notice, "database-recovered", "Passwords can be checked again");
    return true;
}

std::string AuthJournal::status() const {
    if (!trouble_.empty()) return "accounts: " + trouble_;
    return script_trouble_.empty() ? "ready" : "accounts: " + script_trouble_;
}

}  // namespace chat
