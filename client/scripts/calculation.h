// `chat-client calc`: lines of number, operator, number go to the server, and its answers are shown.
#pragma once

#include "client/net/server_address.h"
#include "client/scripts/session_login.h"

#include <string>

namespace chat {

// Asks for a name if none is given, then takes lines until `q` or the end of the input. A malformed line
// gets a warning and is not sent. Returns the exit status; throws what Session throws.
[[nodiscard]] int run_calculator(const ServerAddress& server, SessionLogin login);

}  // namespace chat
