// The table of tokens.
#include "chat-auth/tokens.h"

#include "shared/system/random.h"
#include "shared/system/sha256.h"
#include "shared/text/hex.h"

#include <array>
#include <span>

namespace chat {
namespace {

constexpr std::size_t token_bytes = 16;

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

std::string sha256_of(std::string_view token) {
    Sha256 sha;
    sha.add(token.data(), token.size());
    return hex_of(sha.finish());
}

}  // namespace

Secret Tokens::make(TokenKind kind, std::uint64_t account, std::uint64_t uses, Microseconds expires_at,
                    std::uint32_t operator_uid) {
    std::array<std::uint8_t, token_bytes> random{};
    fill_random(std::as_writable_bytes(std::span(random)));
    std::string digits = hex_of(random);
    Secret token(digits);
    wipe(random.data(), random.size());
    wipe(digits.data(), digits.size());
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
