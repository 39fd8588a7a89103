// The table of tokens.
#include "chat-auth/tokens.h"

#include "shared/system/random_token.h"
#include "shared/system/sha256.h"
#include "shared/text/hex.h"

namespace chat {
namespace {

std::string_view word_of(TokenKind kind) noexcept {
    switch (kind) {
        case TokenKind::invite:
            return "invite";
        case TokenKind::name:
            return "name";
        case TokenKind::reset:
            break;
    }
    return "reset";
}

TokenKind kind_of(std::string_view word) noexcept {
    if (word == "invite") return TokenKind::invite;
    return word == "name" ? TokenKind::name : TokenKind::reset;
}

}  // namespace

std::string sha256_of(std::string_view token) {
    Sha256 sha;
    sha.add(token.data(), token.size());
    return hex_of(sha.finish());
}

Secret Tokens::make(TokenKind kind, std::uint64_t account, std::uint64_t uses, Microseconds expires_at,
                    std::uint32_t operator_uid, std::string_view proposed) {
    Secret token = proposed.empty() ? random_token() : Secret(proposed);
    database_->run(
        "INSERT INTO token (sha256, kind, account, uses_left, expires_at, operator)"
        " VALUES (?, ?, nullif(?, 0), ?, ?, ?)",
        sha256_of(token.view()), word_of(kind), account, uses, expires_at, operator_uid);
    return token;
}

std::optional<Tokens::Found> Tokens::find(std::string_view token, Microseconds now) {
    const std::string sha256 = sha256_of(token);
    AuthDatabase::Rows rows(*database_,
                            "SELECT kind, account FROM token WHERE sha256 = ? AND uses_left > 0 AND"
                            " expires_at > ?");
    rows.bind(sha256);
    rows.bind(now);
    if (!rows.next()) return std::nullopt;
    return Found{kind_of(rows.text(0)), static_cast<std::uint64_t>(rows.number(1)), sha256};
}

void Tokens::use_up(const Found& token) {
    database_->run("UPDATE token SET uses_left = uses_left - 1 WHERE sha256 = ?", token.sha256);
    database_->run("DELETE FROM token WHERE sha256 = ? AND uses_left <= 0", token.sha256);
}

void Tokens::forget_those_of(std::uint64_t account) {
    database_->run("DELETE FROM token WHERE account = ?", account);
}

void Tokens::forget_expired(Microseconds now) {
    database_->run("DELETE FROM token WHERE expires_at <= ?", now);
}

}  // namespace chat
