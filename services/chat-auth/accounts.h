// Who may use which name, and the proof of it. Belongs to the worker's thread: a call may compute a password hash.
//
// A call is one change of the database, or none. Every function throws AuthDatabaseError; the call can then be
// repeated.
#pragma once

#include "chat-auth/auth_database.h"
#include "chat-auth/certificates.h"
#include "chat-auth/outcomes.h"
#include "chat-auth/request.h"
#include "chat-auth/throttle.h"
#include "chat-auth/tickets.h"
#include "chat-auth/tokens.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::size_t longest_secret = 512;  // bytes

class Accounts {
  public:
    // `cost` of new verifiers, as in crypt(5).
    Accounts(const std::string& directory, unsigned long cost);

    [[nodiscard]] AuthAnswer perform(const AuthRequest& request);

  private:
    struct Row {
        std::uint64_t account;
        std::string name;
        std::string verifier;  // empty: nobody can log in yet
        Microseconds made_at;
        std::uint64_t failed;
        bool disabled;
    };

    [[nodiscard]] AuthAnswer perform_once(const AuthRequest& request);
    // Throws if the call is late; the change is not committed then.
    void conclude(const AuthRequest& request, const AuthAnswer& answer);

    // accounts.cpp: a person's calls
    [[nodiscard]] AuthAnswer login(const AuthRequest& request);
    [[nodiscard]] AuthAnswer register_name(const AuthRequest& request);
    [[nodiscard]] AuthAnswer change_password(const AuthRequest& request);
    [[nodiscard]] AuthAnswer reset_password(const AuthRequest& request);
    [[nodiscard]] AuthAnswer check_secret(const AuthRequest& request);
    [[nodiscard]] std::optional<Row> find_name(std::string_view name);
    [[nodiscard]] std::optional<Row> find_account(std::uint64_t account);
    [[nodiscard]] std::optional<Row> find(const char* where, auto key);
    [[nodiscard]] bool fits(std::string_view secret, const std::optional<Row>& row);
    [[nodiscard]] AuthAnswer refuse_wrong(const AuthRequest& request, const std::optional<Row>& row, Microseconds now);
    // The proof was right: logs in, unless the account is disabled.
    [[nodiscard]] AuthAnswer admit(const AuthRequest& request, const Row& row);
    // An account without a password. Returns its number.
    [[nodiscard]] std::uint64_t make_account(std::string_view name, Microseconds now);
    void set_verifier(std::uint64_t account, const std::string& verifier);
    void count_change();

    // certificate_calls.cpp
    [[nodiscard]] AuthAnswer login_with_certificate(const AuthRequest& request);
    [[nodiscard]] AuthAnswer add_certificate(const AuthRequest& request);
    [[nodiscard]] AuthAnswer remove_certificate(const AuthRequest& request);

    // ticket_calls.cpp
    [[nodiscard]] AuthAnswer issue_ticket(const AuthRequest& request);
    [[nodiscard]] AuthAnswer login_with_ticket(const AuthRequest& request);

    // script_calls.cpp
    [[nodiscard]] AuthAnswer login_by_script(const AuthRequest& request);

    // operator_calls.cpp
    [[nodiscard]] AuthAnswer list(const AuthRequest& request);
    [[nodiscard]] AuthAnswer add(const AuthRequest& request);
    [[nodiscard]] AuthAnswer issue_reset(const AuthRequest& request);
    [[nodiscard]] AuthAnswer set_disabled(const AuthRequest& request, bool disabled);
    [[nodiscard]] AuthAnswer remove(const AuthRequest& request);
    [[nodiscard]] AuthAnswer invite(const AuthRequest& request);

    AuthDatabase database_;
    Outcomes outcomes_{database_};
    Throttle throttle_{database_};
    Tokens tokens_{database_};
    Tickets tickets_{database_};
    Certificates certificates_{database_};
    unsigned long cost_;
    std::string decoy_;  // verifier of a secret that nobody knows: an unknown name costs as much work as a known one
};

}  // namespace chat
