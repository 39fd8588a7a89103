// What chat-auth is asked and what it answers, independent of how that is spelled on its socket.
#pragma once

#include "shared/records/error_code.h"
#include "shared/records/register_policy.h"
#include "shared/system/clock.h"
#include "shared/system/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

enum class AuthMethod : std::uint8_t {
    login,
    register_name,
    change_password,
    reset_password,
    check_secret,
    login_with_certificate,
    add_certificate,
    remove_certificate,
    issue_ticket,
    names,
    // operators'
    list,
    add,
    issue_reset,
    disable,
    enable,
    remove,
    invite,
};
// Otherwise it is an operator's, or the acceptor's own.
[[nodiscard]] constexpr bool is_of_person(AuthMethod method) noexcept {
    return method < AuthMethod::names;
}

// Does its answer have a token, which is the one of the request if it has one? So a repetition can have the same
// answer, although the database has only the hash.
[[nodiscard]] constexpr bool makes_token(AuthMethod method) noexcept {
    return method == AuthMethod::add || method == AuthMethod::issue_reset || method == AuthMethod::invite;
}

// The line of a client that caused a call: the segment it is in, the session, and the position in its stream where it
// ends. An operator's call has another number in place of the segment, and 0 as session. A call that is repeated with
// the same key receives the same answer and changes nothing.
struct CallKey {
    std::uint64_t segment = 0;
    std::uint64_t session = 0;
    std::uint64_t position = 0;
};

// What the program behind accounts.script_socket says about a password.
struct ScriptVerdict {
    bool came = false;  // otherwise `name` is what went wrong
    bool is_right = false;
    std::string name = {};  // of the account; may be empty
};

struct AuthRequest {
    AuthMethod method = AuthMethod::names;
    std::optional<CallKey> key = {};
    std::string address = {};   // of the client, without its port
    std::string name = {};      // of the account; for register_name: the client's, empty if the server chose it
    std::uint64_t account = 0;  // for register_name: of the client, 0 for a guest
    Secret secret = {};
    Secret new_secret = {};
    Secret token = {};
    Secret verifier = {};                         // check_secret: what the secret has to fit; empty: nothing fits
    std::string fingerprint = {};                 // of the client's certificate: SHA-256, 64 hexadecimal digits
    RegisterPolicy policy = RegisterPolicy::off;  // whether a name may be registered without a token
    std::string script = {};                      // login: socket of a program that checks the secret; empty: none
    std::optional<ScriptVerdict> verdict = {};    // of that program, once it has answered
    std::uint64_t least = 0;                      // bytes of a new secret
    std::uint64_t names_at_once = 0;              // register_name: by one address without a token; 0: any number
    std::uint64_t uses = 1;
    std::uint64_t days = 7;
    std::uint32_t operator_uid = 0;
    std::uint32_t uid = 0;      // issue_ticket: of the local user
    std::string after = {};     // names, list: continue after this name
    Microseconds deadline = 0;  // steady time after which nothing may be done any more; 0: none
};
// What a secret begins with that is not a password.
inline constexpr std::string_view ticket_prefix = "ticket:";
[[nodiscard]] inline bool is_ticket(std::string_view secret) noexcept {
    return secret.starts_with(ticket_prefix);
}
// Does it need a password hash, which takes a long time?
[[nodiscard]] inline bool is_slow(const AuthRequest& request) noexcept {
    return request.method < AuthMethod::login_with_certificate && !is_ticket(request.secret.view()) &&
           request.script.empty();
}

struct AccountRow {
    std::string name;
    std::uint64_t account = 0;
    Microseconds made_at = 0;
    Microseconds last_login_at = 0;  // 0: never
    std::uint64_t failed = 0;        // wrong secrets since then
    bool disabled = false;
    bool has_secret = false;  // otherwise the token that makes one has not been used
};

struct AuthAnswer {
    std::optional<ErrorCode> refusal = {};  // if set, only `changes` follows
    std::uint64_t account = 0;
    std::string name = {};
    Microseconds since = 0;
    std::uint64_t failed = 0;
    Secret token = {};
    std::vector<AccountRow> rows = {};
    bool more = false;           // of the rows
    bool needs_verdict = false;  // this is no answer yet: request.script has to be asked
    std::uint64_t changes = 0;   // of the set of names, since the database was made
};

}  // namespace chat
