// `chat-client send`: a message from a script, and an exit status that says what became of it.
#pragma once

#include "client/server_address.h"
#include "client/target.h"

#include <optional>
#include <string>

namespace chat {

class Session;

struct SendOptions {
    Target target;
    std::string text;         // each of its lines is a message; empty ones are passed over
    bool from_input = false;  // the lines come from standard input instead
};

// Sends each line in turn, slower where the server says too-fast, and stays until the server has said goodbye. Returns
// the exit status, the highest that any line had; each line that did not arrive is complained of on standard error.
// Nothing to send is done without a connection. Throws what Session throws.
[[nodiscard]] int run_send(const ServerAddress& server, const std::optional<std::string>& name,
                           const SendOptions& options);

// Goes into the room, which one has to be in to send something there. False: nobody else is.
[[nodiscard]] bool join(Session& session, const Target& target);

}  // namespace chat
