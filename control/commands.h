// What each command asks the server, and how its answer is shown.
#pragma once

#include "control/arguments.h"

namespace chat {

// Returns the exit status. Throws Failure.
[[nodiscard]] int run_command(const Arguments& arguments);

}  // namespace chat
