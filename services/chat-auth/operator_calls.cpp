// What operators do to accounts. They never see or set a secret: they get a token that they pass on.
#include "chat-auth/accounts.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"
#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {
namespace {

constexpr std::size_t most_rows = 200;  // of an answer
constexpr Microseconds day = 86'400'000'000;
constexpr std::uint64_t usual_days = 7;
constexpr std::uint64_t most_days = 36'500;

Microseconds days_from(Microseconds now, std::uint64_t days) noexcept {
    return now + static_cast<Microseconds>(std::min(days, most_days)) * day;
}

}  // namespace

AuthAnswer Accounts::list(const AuthRequest& request) {
    AuthAnswer answer;
    AuthDatabase::Rows rows(database_,
                            "SELECT name, account, made_at, last_login_at, failed, disabled_at,"
                            " coalesce(verifier, last_login_at)"
                            " FROM account WHERE name > ? ORDER BY name LIMIT ?");
    rows.bind(request.after);
    rows.bind(most_rows + 1);
    while (rows.next()) {
        if (answer.rows.size() == most_rows) {
            answer.more = true;
            break;
        }
        answer.rows.push_back({.name = rows.text(0),
                               .account = static_cast<std::uint64_t>(rows.number(1)),
                               .made_at = rows.number(2),
                               .last_login_at = rows.number(3),
                               .failed = static_cast<std::uint64_t>(rows.number(4)),
                               .disabled = !rows.is_null(5),
                               .has_secret = !rows.is_null(6)});
    }
    return answer;
}

AuthAnswer Accounts::add(const AuthRequest& request) {
    if (!is_name(request.name)) return {.refusal = ErrorCode::bad_name};
    if (find_name(request.name)) return {.refusal = ErrorCode::name_taken};
    const Microseconds now = wall_clock();
    AuthAnswer answer{.name = request.name, .since = now};
    AuthDatabase::Change change(database_);
    tokens_.forget_expired(now);
    database_.run("INSERT INTO account (name, made_at) VALUES (?, ?)", request.name, now);
    answer.account = database_.last_row();
    answer.token = tokens_.make(TokenKind::name, answer.account, 1, days_from(now, usual_days), request.operator_uid,
                                request.token.view());
    count_change();
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of an added account");
    change.commit();
    CHAT_CRASH_POINT("accounts: added account committed");
    return answer;
}

AuthAnswer Accounts::issue_reset(const AuthRequest& request) {
    const auto row = find_name(request.name);
    if (!row) return {.refusal = ErrorCode::no_such_account};
    const Microseconds now = wall_clock();
    AuthAnswer answer{.account = row->account, .name = row->name, .since = row->made_at};
    AuthDatabase::Change change(database_);
    tokens_.forget_expired(now);
    tokens_.forget_those_of(row->account);
    answer.token = tokens_.make(TokenKind::reset, row->account, 1, days_from(now, usual_days), request.operator_uid,
                                request.token.view());
    conclude(request, answer);
    change.commit();
    return answer;
}

AuthAnswer Accounts::set_disabled(const AuthRequest& request, bool disabled) {
    const auto row = find_name(request.name);
    if (!row) return {.refusal = ErrorCode::no_such_account};
    AuthDatabase::Change change(database_);
    if (disabled)
        database_.run("UPDATE account SET disabled_at = coalesce(disabled_at, ?) WHERE account = ?", wall_clock(),
                      row->account);
    else
        database_.run("UPDATE account SET disabled_at = NULL WHERE account = ?", row->account);
    count_change();
    AuthAnswer answer{.account = row->account, .name = row->name, .since = row->made_at};
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a disabled account");
    change.commit();
    return answer;
}

AuthAnswer Accounts::remove(const AuthRequest& request) {
    const auto row = find_name(request.name);
    if (!row) return {.refusal = ErrorCode::no_such_account};
    AuthDatabase::Change change(database_);
    database_.run("DELETE FROM account WHERE account = ?", row->account);
    tokens_.forget_those_of(row->account);
    outcomes_.forget_those_of(row->account);
    certificates_.forget_those_of(row->account);
    count_change();
    conclude(request, {.account = row->account, .since = row->made_at});  // without the name: it is forgotten
    CHAT_CRASH_POINT("accounts: before commit of a deleted account");
    change.commit();
    return {.account = row->account, .name = row->name, .since = row->made_at};
}

AuthAnswer Accounts::invite(const AuthRequest& request) {
    const Microseconds now = wall_clock();
    AuthAnswer answer;
    AuthDatabase::Change change(database_);
    tokens_.forget_expired(now);
    answer.token = tokens_.make(TokenKind::invite, 0, std::max<std::uint64_t>(request.uses, 1),
                                days_from(now, request.days), request.operator_uid, request.token.view());
    conclude(request, answer);
    change.commit();
    return answer;
}

}  // namespace chat
