// `chat-client sendfile`: files from a script, and an exit status that reports the outcome.
#pragma once

#include "client/net/server_address.h"
#include "client/scripts/session_login.h"
#include "client/talk/target.h"

#include <optional>
#include <string>
#include <vector>

namespace chat {

struct SendfileOptions {
    Target target;  // never everyone
    std::vector<std::string> paths;
    bool json = false;   // events on standard output
    bool plain = false;  // no bars
};

// Sends one file after another and stays until the server has all of them and has said goodbye. Returns the exit
// status, the highest that any file had; each that did not arrive is reported on standard error. If one of the
// paths cannot be sent, nothing is. Throws what Session throws.
[[nodiscard]] int run_sendfile(const ServerAddress& server, const SessionLogin& login, const SendfileOptions& options);

}  // namespace chat
