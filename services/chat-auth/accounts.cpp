// Logging in, registering, and changing a secret.
#include "chat-auth/accounts.h"

#include "chat-auth/verifier.h"
#include "shared/system/clock.h"
#include "shared/system/crash_point.h"
#include "shared/system/random.h"
#include "shared/text/hex.h"
#include "shared/text/text_rules.h"

#include <array>
#include <span>

namespace chat {
namespace {

AuthAnswer refuse(ErrorCode code) {
    return {.refusal = code};
}

bool is_weak(std::string_view secret, std::uint64_t least) noexcept {
    return secret.size() < least || secret.size() > longest_secret || secret.empty();
}

std::string make_decoy(unsigned long cost) {
    std::array<std::uint8_t, 32> random{};
    fill_random(std::as_writable_bytes(std::span(random)));
    return make_verifier(hex_of(random), cost);
}

// Whoever asked has given up by now, or is about to.
bool is_late(const AuthRequest& request) noexcept {
    return request.deadline != 0 && steady_clock() > request.deadline;
}

struct TooLate {};

}  // namespace

Accounts::Accounts(const std::string& directory, unsigned long cost) : database_(directory), cost_(cost) {
    throttle_.forget_old(wall_clock());
}

AuthAnswer Accounts::perform(const AuthRequest& request) {
    std::optional<AuthAnswer> answer = outcomes_.find(request.key);
    if (answer) {
        if (makes_token(request.method) && !answer->refusal) answer->token = Secret(request.token.view());
        if (request.method == AuthMethod::remove) answer->name = request.name;
    } else {
        try {
            if (is_late(request)) throw TooLate();
            answer = perform_once(request);
        } catch (const TooLate&) {
            answer = refuse(ErrorCode::busy);
        }
    }
    answer->changes = static_cast<std::uint64_t>(database_.number("SELECT value FROM counter WHERE key = 'changes'"));
    return std::move(*answer);
}

AuthAnswer Accounts::perform_once(const AuthRequest& request) {
    switch (request.method) {
        case AuthMethod::login:
            return login(request);
        case AuthMethod::register_name:
            return register_name(request);
        case AuthMethod::change_password:
            return change_password(request);
        case AuthMethod::reset_password:
            return reset_password(request);
        case AuthMethod::check_secret:
            return check_secret(request);
        case AuthMethod::login_with_certificate:
            return login_with_certificate(request);
        case AuthMethod::add_certificate:
            return add_certificate(request);
        case AuthMethod::remove_certificate:
            return remove_certificate(request);
        case AuthMethod::issue_ticket:
            return issue_ticket(request);
        case AuthMethod::names:
        case AuthMethod::list:
            break;
        case AuthMethod::add:
            return add(request);
        case AuthMethod::issue_reset:
            return issue_reset(request);
        case AuthMethod::disable:
            return set_disabled(request, true);
        case AuthMethod::enable:
            return set_disabled(request, false);
        case AuthMethod::remove:
            return remove(request);
        case AuthMethod::invite:
            return invite(request);
    }
    return list(request);
}

// The last step of a change of the database.
void Accounts::conclude(const AuthRequest& request, const AuthAnswer& answer) {
    if (is_late(request)) throw TooLate();
    outcomes_.remember(request.key, answer);
}

std::optional<Accounts::Row> Accounts::find(const char* where, auto key) {
    const std::string sql =
        std::string("SELECT account, name, verifier, made_at, failed, disabled_at FROM account WHERE ") + where;
    AuthDatabase::Rows rows(database_, sql.c_str());
    rows.bind(key);
    if (!rows.next()) return std::nullopt;
    return Row{static_cast<std::uint64_t>(rows.number(0)), rows.text(1),    rows.text(2), rows.number(3),
               static_cast<std::uint64_t>(rows.number(4)), !rows.is_null(5)};
}

std::optional<Accounts::Row> Accounts::find_name(std::string_view name) {
    return find("name = ?", name);
}

std::optional<Accounts::Row> Accounts::find_account(std::uint64_t account) {
    return find("account = ?", account);
}

// As much work for a name without a secret as for any other.
bool Accounts::fits(std::string_view secret, const std::optional<Row>& row) {
    if (decoy_.empty()) decoy_ = make_decoy(cost_);
    const bool has_verifier = row && !row->verifier.empty();
    const bool is_fitting = fits_verifier(secret, has_verifier ? row->verifier : decoy_);
    CHAT_CRASH_POINT("accounts: secret hashed");
    return is_fitting && has_verifier;
}

AuthAnswer Accounts::refuse_wrong(const AuthRequest& request, const std::optional<Row>& row, Microseconds now) {
    // Only the program knows who has an account.
    const bool is_known = row || !request.script.empty() || request.method == AuthMethod::check_secret;
    AuthAnswer answer = refuse(is_known ? ErrorCode::wrong_secret : ErrorCode::no_such_account);
    AuthDatabase::Change change(database_);
    if (row) database_.run("UPDATE account SET failed = failed + 1 WHERE account = ?", row->account);
    throttle_.note_failure(request.address, now);
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a refusal");
    change.commit();
    CHAT_CRASH_POINT("accounts: refusal committed");
    return answer;
}

AuthAnswer Accounts::login(const AuthRequest& request) {
    const Microseconds now = wall_clock();
    if (throttle_.is_closed(request.address, now)) return refuse(ErrorCode::too_fast);
    if (is_ticket(request.secret.view())) return login_with_ticket(request);
    if (!request.script.empty()) return login_by_script(request);
    const auto row = find_name(request.name);
    if (!fits(request.secret.view(), row)) return refuse_wrong(request, row, now);
    return admit(request, *row);
}

AuthAnswer Accounts::check_secret(const AuthRequest& request) {
    const Microseconds now = wall_clock();
    if (throttle_.is_closed(request.address, now)) return refuse(ErrorCode::too_fast);
    const std::string_view verifier = request.verifier.view();
    const bool is_plain = !verifier.empty() && !verifier.starts_with('$');
    const Row row{
        .account = 0, .name = {}, .verifier = std::string(verifier), .made_at = 0, .failed = 0, .disabled = false};
    const bool is_right = is_plain ? are_equal(request.secret.view(), verifier) : fits(request.secret.view(), row);
    if (!is_right) return refuse_wrong(request, std::nullopt, now);
    AuthAnswer answer;
    AuthDatabase::Change change(database_);
    conclude(request, answer);
    change.commit();
    return answer;
}

AuthAnswer Accounts::admit(const AuthRequest& request, const Row& row) {
    AuthAnswer answer{.account = row.account, .name = row.name, .since = row.made_at, .failed = row.failed};
    if (row.disabled) answer = refuse(ErrorCode::account_disabled);
    AuthDatabase::Change change(database_);
    if (!row.disabled)
        database_.run("UPDATE account SET failed = 0, last_login_at = ? WHERE account = ?", wall_clock(), row.account);
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a login");
    change.commit();
    CHAT_CRASH_POINT("accounts: login committed");
    return answer;
}

// The order of the checks is that of the protocol; a refusal uses nothing up.
AuthAnswer Accounts::register_name(const AuthRequest& request) {
    const Microseconds now = wall_clock();
    const auto token = request.token.empty() ? std::nullopt : tokens_.find(request.token.view(), now);
    auto given = token && token->kind == TokenKind::name ? find_account(token->account) : std::nullopt;
    // The account of a local user, made by a login with a ticket, has no password yet.
    if (request.token.empty() && request.account != 0)
        if (auto own = find_account(request.account); own && own->verifier.empty()) given = std::move(own);
    const bool is_limited = !given && !token && request.names_at_once != 0;
    if (!given && !is_name(request.name)) return refuse(ErrorCode::bad_name);
    if (is_weak(request.secret.view(), request.least)) return refuse(ErrorCode::weak_secret);
    if (!given) {
        if (!request.token.empty() && (!token || token->kind != TokenKind::invite))
            return refuse(ErrorCode::not_invited);
        if (!token && request.policy != RegisterPolicy::open)
            return refuse(request.policy == RegisterPolicy::invite ? ErrorCode::not_invited : ErrorCode::forbidden);
        if (find_name(request.name)) return refuse(ErrorCode::name_taken);
        if (is_limited && throttle_.is_closed_to_names(request.address, now)) return refuse(ErrorCode::too_fast);
    } else if (given->disabled) {
        return refuse(ErrorCode::account_disabled);
    }
    const std::string verifier = make_verifier(request.secret.view(), cost_);
    CHAT_CRASH_POINT("accounts: new secret hashed");

    AuthAnswer answer{.name = given ? given->name : request.name, .since = now};
    AuthDatabase::Change change(database_);
    if (given) {
        answer.account = given->account;
        database_.run("UPDATE account SET made_at = ?, last_login_at = ? WHERE account = ?", now, now, given->account);
        set_verifier(given->account, verifier);
    } else {
        database_.run("INSERT INTO account (name, verifier, made_at, last_login_at) VALUES (?, ?, ?, ?)", request.name,
                      verifier, now, now);
        answer.account = database_.last_row();
        if (token) tokens_.use_up(*token);
        if (is_limited) throttle_.note_name(request.address, request.names_at_once, now);
        count_change();
    }
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a registration");
    change.commit();
    CHAT_CRASH_POINT("accounts: registration committed");
    return answer;
}

AuthAnswer Accounts::change_password(const AuthRequest& request) {
    const Microseconds now = wall_clock();
    if (is_weak(request.new_secret.view(), request.least)) return refuse(ErrorCode::weak_secret);
    if (throttle_.is_closed(request.address, now)) return refuse(ErrorCode::too_fast);
    const auto row = find_account(request.account);
    if (!fits(request.secret.view(), row)) return refuse_wrong(request, row, now);
    if (row->disabled) return refuse(ErrorCode::account_disabled);
    const std::string verifier = make_verifier(request.new_secret.view(), cost_);
    AuthAnswer answer{.account = row->account, .name = row->name, .since = row->made_at};
    AuthDatabase::Change change(database_);
    set_verifier(row->account, verifier);
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a new secret");
    change.commit();
    CHAT_CRASH_POINT("accounts: new secret committed");
    return answer;
}

AuthAnswer Accounts::reset_password(const AuthRequest& request) {
    const Microseconds now = wall_clock();
    if (is_weak(request.new_secret.view(), request.least)) return refuse(ErrorCode::weak_secret);
    if (throttle_.is_closed(request.address, now)) return refuse(ErrorCode::too_fast);
    const auto row = find_name(request.name);
    const auto token = tokens_.find(request.token.view(), now);
    if (!row || !token || token->kind != TokenKind::reset || token->account != row->account)
        return refuse_wrong(request, row, now);
    const std::string verifier = make_verifier(request.new_secret.view(), cost_);
    AuthAnswer answer{.account = row->account, .name = row->name, .since = row->made_at};
    AuthDatabase::Change change(database_);
    set_verifier(row->account, verifier);
    certificates_.forget_those_of(row->account);
    conclude(request, answer);
    CHAT_CRASH_POINT("accounts: before commit of a reset");
    change.commit();
    CHAT_CRASH_POINT("accounts: reset committed");
    return answer;
}

// Whoever has a token for this account has come too late.
void Accounts::set_verifier(std::uint64_t account, const std::string& verifier) {
    database_.run("UPDATE account SET verifier = ? WHERE account = ?", verifier, account);
    tokens_.forget_those_of(account);
}

std::uint64_t Accounts::make_account(std::string_view name, Microseconds now) {
    database_.run("INSERT INTO account (name, made_at, last_login_at) VALUES (?, ?, ?)", name, now, now);
    const std::uint64_t account = database_.last_row();
    count_change();
    return account;
}

void Accounts::count_change() {
    database_.run("UPDATE counter SET value = value + 1 WHERE key = 'changes'");
}

}  // namespace chat
