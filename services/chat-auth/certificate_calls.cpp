// Logging in with a certificate. Whoever connects with it has proven that its key is theirs, so nothing can be guessed
// here: a certificate that does not fit is not counted against its address.
#include "chat-auth/accounts.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"

namespace chat {

AuthAnswer Accounts::login_with_certificate(const AuthRequest& request) {
    const auto row = find_name(request.name);
    if (!row) return {.refusal = ErrorCode::no_such_account};
    if (certificates_.owner_of(request.fingerprint) != row->account) return {.refusal = ErrorCode::wrong_secret};
    return admit(request, *row);
}

AuthAnswer Accounts::add_certificate(const AuthRequest& request) {
    const auto row = find_account(request.account);
    if (!row) return {.refusal = ErrorCode::no_such_account};
    if (row->disabled) return {.refusal = ErrorCode::account_disabled};
    const std::uint64_t owner = certificates_.owner_of(request.fingerprint);
    AuthAnswer answer{.account = row->account, .name = row->name, .since = row->made_at};
    if (owner == row->account) return answer;
    if (owner != 0 || !certificates_.has_room(row->account)) return {.refusal = ErrorCode::forbidden};
    AuthDatabase::Change change(database_);
    certificates_.add(request.fingerprint, row->account, wall_clock());
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a certificate");
    change.commit();
    CHAT_CRASH_POINT("accounts: certificate committed");
    return answer;
}

AuthAnswer Accounts::remove_certificate(const AuthRequest& request) {
    const auto row = find_account(request.account);
    if (!row) return {.refusal = ErrorCode::no_such_account};
    AuthAnswer answer{.account = row->account, .name = row->name, .since = row->made_at};
    AuthDatabase::Change change(database_);
    if (request.fingerprint.empty())
        certificates_.forget_those_of(row->account);
    else
        certificates_.remove(request.fingerprint, row->account);
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a removed certificate");
    change.commit();
    CHAT_CRASH_POINT("accounts: removed certificate committed");
    return answer;
}

}  // namespace chat
