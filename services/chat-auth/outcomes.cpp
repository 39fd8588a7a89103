// The table of answers.
#include "chat-auth/outcomes.h"

#include <algorithm>

namespace chat {
namespace {

ErrorCode code_of(std::string_view word) noexcept {
    const auto* found = std::find(error_words.begin(), error_words.end(), word);
    return found == error_words.end() ? ErrorCode::busy : static_cast<ErrorCode>(found - error_words.begin());
}

}  // namespace

std::optional<AuthAnswer> Outcomes::find(const std::optional<CallKey>& key) {
    if (!key) return std::nullopt;
    AuthDatabase::Rows rows(*database_,
                            "SELECT refusal, account, name, since, failed FROM outcome WHERE segment = ?"
                            " AND session = ? AND position = ?");
    rows.bind(key->segment);
    rows.bind(key->session);
    rows.bind(key->position);
    if (!rows.next()) return std::nullopt;
    AuthAnswer answer{.account = static_cast<std::uint64_t>(rows.number(1)),
                      .name = rows.text(2),
                      .since = rows.number(3),
                      .failed = static_cast<std::uint64_t>(rows.number(4))};
    if (!rows.is_null(0)) answer.refusal = code_of(rows.text(0));
    return answer;
}

void Outcomes::remember(const std::optional<CallKey>& key, const AuthAnswer& answer) {
    if (!key) return;
    database_->run(
        "INSERT INTO outcome (segment, session, position, refusal, account, name, since, failed)"
        " VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?)",
        key->segment, key->session, key->position, answer.refusal ? word_of(*answer.refusal) : std::string_view(),
        answer.account, answer.name, answer.since, answer.failed);
    const std::uint64_t number = database_->last_row();
    if (number > most) database_->run("DELETE FROM outcome WHERE number <= ?", number - most);
}

void Outcomes::forget_those_of(std::uint64_t account) {
    database_->run("DELETE FROM outcome WHERE account = ?", account);
}

}  // namespace chat
