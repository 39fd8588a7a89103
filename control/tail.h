// chatctl tail: the events as they happen, also across restarts of the server.
#pragma once

#include "control/arguments.h"

namespace chat {

// Runs until `arguments.count` events were shown, or until SIGINT or SIGTERM. Returns the exit status; throws Failure.
[[nodiscard]] int follow_events(const Arguments& arguments);

}  // namespace chat
