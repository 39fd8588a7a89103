// One passphrase, asked of PAM: pam_authenticate(3) and pam_acct_mgmt(3), without a session.
#pragma once

#include "chat-auth-pam/question.h"

#include <cstdint>
#include <string>

namespace chat {

struct PamSetup {
    std::string service = "chat";  // /etc/pam.d/chat
    std::string directory = {};    // of the configuration, in place of /etc/pam.d
};

struct PamVerdict {
    enum class Outcome : std::uint8_t {
        accepted,
        wrong,      // user or passphrase
        forbidden,  // the passphrase is right, but the account may not be used
        unknown,    // something has failed
    };
    Outcome outcome;
    std::string text;  // accepted: the name of the user, which a module may have changed; otherwise the reason
};

// May take as long as the modules like, and modules may do anything to the process: call it in one that ends
// afterwards.
[[nodiscard]] PamVerdict ask_pam(const Question& question, const PamSetup& setup);

}  // namespace chat
