// `chat-client who`: lists who is connected.
#pragma once

#include "client/net/server_address.h"
#include "client/scripts/session_login.h"

#include <string>

namespace chat {

// Prints everybody else, one per line; with `json` as one array of objects. Returns the exit status; throws what
// Session throws.
[[nodiscard]] int run_who(const ServerAddress& server, const SessionLogin& login, bool json);

}  // namespace chat
