// What chat-auth is asked and what it answers, independent of how that is spelled on its socket.
#pragma once

#include "shared/records/error_code.h"
#include "shared/records/register_policy.h"
#include "shared/system/clock.h"
#include "shared/system/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chat {

enum class AuthMethod : std::uint8_t {
    login,
    register_name,
    change_password,
    reset_password,
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
// A person's call may need a password hash, which takes a long time.
[[nodiscard]] constexpr bool is_slow(AuthMethod method) noexcept {
    return method < AuthMethod::names;
}

// The line of a client that caused a call: the segment it is in, the session, and the position in its stream where it
// ends. A call that is repeated with the same key receives the same answer and changes nothing.
struct CallKey {
    std::uint64_t segment = 0;
    std::uint64_t session = 0;
    std::uint64_t position = 0;
};

struct AuthRequest {
    AuthMethod method = AuthMethod::names;
    std::optional<CallKey> key = {};
    std::string address = {};  // of the client, without its port
    std::string name = {};     // of the account; for register_name: the client's, empty if the server chose it
    std::uint64_t account = 0;
    Secret secret = {};
    Secret new_secret = {};
    Secret token = {};
    RegisterPolicy policy = RegisterPolicy::off;  // whether a name may be registered without a token
    std::uint64_t least = 0;                      // bytes of a new secret
    std::uint64_t uses = 1;
    std::uint64_t days = 7;
    std::uint32_t operator_uid = 0;
    std::string after = {};  // names, list: continue after this name
};

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
    bool more = false;          // of the rows
    std::uint64_t changes = 0;  // of the set of names, since the database was made
};

}  // namespace chat
