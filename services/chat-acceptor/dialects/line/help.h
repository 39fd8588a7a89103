// The answer to /help: rows of the table.
#pragma once

#include "chat-acceptor/acts/draft.h"

#include <string_view>

namespace chat {

// All commands if `command` is empty, otherwise that one, with or without its slash.
[[nodiscard]] Draft answer_help(std::string_view command);

}  // namespace chat
