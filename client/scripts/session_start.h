// The connection of a subcommand, and the question about a certificate that nobody vouches for.
#pragma once

#include "client/net/server_address.h"
#include "client/net/stream.h"
#include "client/process.h"

#include <memory>

namespace chat {

// Connects; a signal ends the process meanwhile. `server` becomes the server as it was reached. On a terminal a person
// is asked about an unknown certificate. Throws NoServer.
[[nodiscard]] std::unique_ptr<Stream> connect_for_session(Signals& signals, ServerAddress& server);

}  // namespace chat
