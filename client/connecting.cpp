// The first connection: see connecting.h.
#include "client/connecting.h"

#include "client/attempt.h"
#include "client/connection.h"
#include "client/exit_status.h"

#include <poll.h>

#include <array>
#include <utility>

namespace chat {

ConnectingOutcome connect_in_front_of(Terminal& terminal, Signals& signals, const ServerAddress& server) {
    Attempt attempt(server);
    for (;;) {
        while (const auto signal = signals.next()) {
            if (terminal.handle_signal(*signal)) continue;
            terminal.stop();
            return {UniqueFd(), exit_status::signalled + *signal};
        }
        if (auto outcome = attempt.outcome()) {
            if (!outcome->socket) throw NoServer(outcome->problem);
            return {std::move(outcome->socket), 0};
        }
        terminal.refresh();
        std::array<pollfd, 2> waiting{pollfd{signals.fd(), POLLIN, 0}, pollfd{attempt.fd(), POLLIN, 0}};
        (void)::poll(waiting.data(), waiting.size(), -1);
    }
}

}  // namespace chat
