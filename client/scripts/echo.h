// `chat-client echo`: has the server echo a text, over the chat's stream or as a datagram.
#pragma once

#include "client/net/server_address.h"

#include <string>

namespace chat {

struct EchoOptions {
    std::string text;
    bool datagram = false;
};

// Prints what came back. A datagram is sent up to three times before it counts as lost. Returns the exit status; throws
// what Session and Datagrams throw.
[[nodiscard]] int run_echo(const ServerAddress& server, const EchoOptions& options);

}  // namespace chat
