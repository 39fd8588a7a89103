// chatctl log: messages from the log's database.
#pragma once

#include "control/arguments.h"

#include <string>

namespace chat {

// Path of the log's database.
[[nodiscard]] std::string database_of(const Arguments& arguments);

// Returns the exit status; throws Failure.
[[nodiscard]] int show_log(const Arguments& arguments);

}  // namespace chat
