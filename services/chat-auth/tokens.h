// Tokens that an operator gives to a person: an invitation to register, the right to one name, or to a new password.
// They are random and shown once; the database has only their hashes.
#pragma once

#include "chat-auth/auth_database.h"
#include "shared/system/clock.h"
#include "shared/system/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

enum class TokenKind : std::uint8_t { invite, name, reset };

// 64 hexadecimal digits.
[[nodiscard]] std::string sha256_of(std::string_view token);

class Tokens {
  public:
    explicit Tokens(AuthDatabase& database) : database_(&database) {}

    // `account` is 0 for an invitation. The token is `proposed` unless that is empty. Call the functions that change
    // something within a change of the database.
    [[nodiscard]] Secret make(TokenKind kind, std::uint64_t account, std::uint64_t uses, Microseconds expires_at,
                              std::uint32_t operator_uid, std::string_view proposed);

    struct Found {
        TokenKind kind;
        std::uint64_t account;
        std::string sha256;
    };
    // A token that can still be used; nothing for any other text.
    [[nodiscard]] std::optional<Found> find(std::string_view token, Microseconds now);
    void use_up(const Found& token);
    void forget_those_of(std::uint64_t account);
    void forget_expired(Microseconds now);

  private:
    AuthDatabase* database_;
};

}  // namespace chat
