// The first connection of the chat, while whoever waits for it can still give up, stop it or resize the window.
#pragma once

#include "client/server_address.h"
#include "client/signals.h"
#include "client/terminal.h"
#include "shared/unique_fd.h"

namespace chat {

struct ConnectingOutcome {
    UniqueFd socket;      // connected; or none: a signal came, and there will be no chat
    int exit_status = 0;  // for that case
};

// Tries every address of the server. Throws NoServer and std::system_error.
[[nodiscard]] ConnectingOutcome connect_in_front_of(Terminal& terminal, Signals& signals, const ServerAddress& server);

}  // namespace chat
