// chatctl log: messages from the log's database.
#pragma once

#include "control/arguments.h"

namespace chat {

// Returns the exit status; throws Failure.
[[nodiscard]] int show_log(const Arguments& arguments);

}  // namespace chat
