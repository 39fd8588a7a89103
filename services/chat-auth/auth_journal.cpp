// Which answers are worth an entry.
#include "chat-auth/auth_journal.h"

#include "shared/system/journal.h"

#include <string_view>
#include <utility>

namespace chat {
namespace {

constexpr Microseconds pause = 1'000'000;  // between two entries about wrong secrets

std::string_view action_of(AuthMethod method) noexcept {
    switch (method) {
        case AuthMethod::register_name:
            return "registered";
        case AuthMethod::change_password:
            return "has a new secret";
        case AuthMethod::reset_password:
            return "has a new secret, made with a token of the operator";
        case AuthMethod::add:
            return "added by an operator";
        case AuthMethod::issue_reset:
            return "can get a new secret with a token, issued by an operator";
        case AuthMethod::disable:
            return "disabled by an operator";
        case AuthMethod::enable:
            return "enabled by an operator";
        case AuthMethod::remove:
            return "deleted by an operator";
        case AuthMethod::login:
        case AuthMethod::names:
        case AuthMethod::list:
        case AuthMethod::invite:
            break;
    }
    return {};
}

}  // namespace

void AuthJournal::note(const AuthRequest& request, const std::optional<AuthAnswer>& answer,
                       const std::string& trouble) {
    note_trouble(trouble);
    if (!answer) return;
    if (answer->refusal) {
        if (*answer->refusal == ErrorCode::wrong_secret || *answer->refusal == ErrorCode::no_such_account ||
            *answer->refusal == ErrorCode::too_fast)
            if (is_slow(request.method)) note_failure(request, *answer->refusal);
        return;
    }
    const std::string_view action = action_of(request.method);
    if (action.empty()) return;
    journal(Priority::notice, "account-changed", "The account " + answer->name + " is " + std::string(action),
            {{"CHAT_ACCOUNT", answer->name},
             {"CHAT_PEER", request.address},
             {"CHAT_OPERATOR_UID", is_slow(request.method) ? "" : std::to_string(request.operator_uid)}});
}

void AuthJournal::note_failure(const AuthRequest& request, ErrorCode code) {
    const Microseconds now = steady_clock();
    if (noted_at_ != 0 && now - noted_at_ < pause) {
        ++unnoted_;
        return;
    }
    noted_at_ = now;
    const std::uint64_t others = std::exchange(unnoted_, 0);
    journal(Priority::warning, "login-failed",
            "Login from " + request.address + " failed: " + std::string(word_of(code)) +
                (others == 0 ? "" : " (and " + std::to_string(others) + " others before it)"),
            {{"CHAT_PEER", request.address}, {"CHAT_REASON", std::string(word_of(code))}});
}

void AuthJournal::note_trouble(const std::string& trouble) {
    if (trouble == trouble_) return;
    trouble_ = trouble;
    if (!trouble.empty())
        journal(Priority::error, "database-trouble", "Accounts cannot be read or written: " + trouble);
    else
        journal(Priority::notice, "database-recovered", "Accounts can be read and written again");
}

}  // namespace chat
