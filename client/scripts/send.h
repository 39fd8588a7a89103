// `chat-client send`: a message from a script, and an exit status that reports the outcome.
#pragma once

#include "client/net/server_address.h"
#include "client/scripts/session_login.h"
#include "client/talk/target.h"

#include <string>

namespace chat {

class Session;

struct SendOptions {
    Target target;
    std::string text;         // each of its lines is a message; empty ones are skipped
    bool from_input = false;  // the lines come from standard input instead
};

// Sends each line in turn, slower if the server says too-fast, and stays until the server has said goodbye. Returns
// the exit status, the highest that any line had; a line that did not arrive is reported on standard error.
// With nothing to send it does not connect. Throws what Session throws.
[[nodiscard]] int run_send(const ServerAddress& server, const SessionLogin& login, const SendOptions& options);

// Joins the room, since only members can send to it. False: there is no other member.
[[nodiscard]] bool join(Session& session, const Target& target);

}  // namespace chat
