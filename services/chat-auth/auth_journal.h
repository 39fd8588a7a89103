// What chat-auth writes to the journal: wrong secrets (with the address, for fail2ban), and changes of accounts. Never
// a secret or token, and never a name that has no account: it may be a secret that was typed in the wrong place.
#pragma once

#include "chat-auth/request.h"
#include "shared/system/clock.h"

#include <optional>
#include <string>

namespace chat {

class AuthJournal {
  public:
    void note(const AuthRequest& request, const std::optional<AuthAnswer>& answer, const std::string& trouble);

  private:
    void note_failure(const AuthRequest& request, ErrorCode code);
    void note_trouble(const std::string& trouble);

    Microseconds noted_at_ = 0;  // steady time of the last failure that was noted
    std::uint64_t unnoted_ = 0;
    std::string trouble_;
};

}  // namespace chat
