// `chat-client who`: lists who is connected.
#pragma once

#include "client/net/server_address.h"
#include "client/scripts/session_login.h"

#include <string>

namespace chat {

struct WhoOptions {
    bool json = false;      // one array of objects
    std::string room = {};  // its members; empty: everybody
};

// Prints everybody else, one per line. Returns the exit status; throws what Session throws.
[[nodiscard]] int run_who(const ServerAddress& server, const SessionLogin& login, const WhoOptions& options);

}  // namespace chat
