// The answers to the latest calls of clients. The acceptor repeats a call whenever it, or chat-auth, died before the
// answer had become a record: the repetition must receive the same answer and change nothing. So an answer is stored in
// the same transaction as what the call changed. The table is bounded: only calls of lines that are still waiting are
// ever repeated, and the acceptor lets far fewer of them wait.
#pragma once

#include "chat-auth/auth_database.h"
#include "chat-auth/request.h"

#include <optional>

namespace chat {

class Outcomes {
  public:
    explicit Outcomes(AuthDatabase& database) : database_(&database) {}

    [[nodiscard]] std::optional<AuthAnswer> find(const std::optional<CallKey>& key);
    // Call within the change of the database. Does nothing without a key.
    void remember(const std::optional<CallKey>& key, const AuthAnswer& answer);

    // The answers about an account that has been deleted. Whoever repeats such a call is told that there is none.
    void forget_those_of(std::uint64_t account);

    static constexpr std::uint64_t most = 1024;

  private:
    AuthDatabase* database_;
};

}  // namespace chat
