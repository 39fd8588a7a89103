// Passwords that another program checks. Whoever it accepts has an account, which is made at the first login.
#include "chat-auth/accounts.h"
#include "shared/system/clock.h"
#include "shared/text/text_rules.h"

namespace chat {

AuthAnswer Accounts::login_by_script(const AuthRequest& request) {
    if (!request.verdict) return {.needs_verdict = true};
    const Microseconds now = wall_clock();
    const ScriptVerdict& verdict = *request.verdict;
    if (!verdict.came) return {.refusal = ErrorCode::busy};
    if (!verdict.is_right) return refuse_wrong(request, find_name(request.name), now);
    const std::string& name = verdict.name.empty() ? request.name : verdict.name;
    if (const auto row = find_name(name)) return admit(request, *row);
    if (!is_name(name)) return {.refusal = ErrorCode::bad_name};
    AuthAnswer answer{.name = name, .since = now};
    AuthDatabase::Change change(database_);
    answer.account = make_account(name, now);
    conclude(request, answer);
    change.commit();
    return answer;
}

}  // namespace chat
