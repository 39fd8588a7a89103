// What chat-auth writes to the journal: wrong secrets (with the address, for fail2ban), and changes of accounts. Never
// a secret or token, and never a name that has no account: it may be a secret that was typed in the wrong place.
#pragma once

#include "chat-auth/request.h"

#include <optional>
#include <string>

namespace chat {

class AuthJournal {
  public:
    // `trouble` with the database. True: status() has changed.
    bool note(const AuthRequest& request, const std::optional<AuthAnswer>& answer, const std::string& trouble);
    // For the service manager.
    [[nodiscard]] std::string status() const;
    // Writes how many failures had no entry. Call about once a second.
    void tick();

  private:
    void note_answer(const AuthRequest& request, const AuthAnswer& answer);
    void note_failure(const AuthRequest& request, ErrorCode code);
    bool note_trouble(const std::string& trouble);
    bool note_script(const std::string& trouble);

    // Each wrong secret has an entry, so that every address that guesses is found, up to these bounds; an attempt that
    // was too fast has none after the first of a second.
    static constexpr int entries_at_once = 50;
    static constexpr int entries_a_second = 10;
    int entries_left_ = entries_at_once;
    bool too_fast_noted_ = false;  // since the last tick
    std::uint64_t unnoted_ = 0;
    std::string trouble_;         // with the database
    std::string script_trouble_;  // with the program that checks passwords
};

}  // namespace chat
