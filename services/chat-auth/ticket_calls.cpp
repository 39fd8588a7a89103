// Users of this host, who log in by a ticket. The account of such a user is the one of the same name; if there is none,
// the first login makes it, where people may register at all.
#include "chat-auth/accounts.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"
#include "shared/text/text_rules.h"

#include <pwd.h>

#include <array>

namespace chat {
namespace {

// What the kernel says for a caller in another user namespace.
constexpr std::uint32_t unknown_uid = 65'534;

// Empty if there is no such user.
std::string user_name_of(uid_t uid) {
    std::array<char, 16'384> buffer;
    passwd entry{};
    passwd* found = nullptr;
    return ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr ? entry.pw_name
                                                                                                    : "";
}

}  // namespace

AuthAnswer Accounts::issue_ticket(const AuthRequest& request) {
    const Microseconds now = wall_clock();
    const std::string user = request.uid == unknown_uid ? "" : user_name_of(request.uid);
    if (!is_name(user)) return {.refusal = ErrorCode::bad_name};
    if (!tickets_.has_room(request.uid, now)) return {.refusal = ErrorCode::too_fast};
    AuthAnswer answer{.name = user};
    AuthDatabase::Change change(database_);
    answer.token = tickets_.make(user, request.uid, now);
    change.commit();
    return answer;
}

AuthAnswer Accounts::login_with_ticket(const AuthRequest& request) {
    const Microseconds now = wall_clock();
    auto row = find_name(request.name);
    const auto user = tickets_.find_user(request.secret.view(), now);
    if (!user || !equal_ignoring_case(*user, request.name)) return refuse_wrong(request, row, now);
    const bool may_register = request.policy == RegisterPolicy::open || request.policy == RegisterPolicy::invite;
    if (!row && !may_register) return {.refusal = ErrorCode::no_such_account};
    if (row && row->disabled) return {.refusal = ErrorCode::account_disabled};
    AuthAnswer answer{.name = row ? row->name : request.name, .since = row ? row->made_at : now};
    AuthDatabase::Change change(database_);
    if (row) {
        answer.account = row->account;
        answer.failed = row->failed;
        database_.run("UPDATE account SET failed = 0, last_login_at = ? WHERE account = ?", now, row->account);
    } else {
        answer.account = make_account(request.name, now);
    }
    tickets_.use_up(request.secret.view());
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a login with a ticket");
    change.commit();
    CHAT_CRASH_POINT("accounts: login with a ticket committed");
    return answer;
}

}  // namespace chat
