// `chat-client tail`: what is said and who comes and goes, line by line, until it is ended.
#pragma once

#include "client/server_address.h"

#include <optional>
#include <string>
#include <vector>

namespace chat {

struct TailOptions {
    bool json = false;
    long count = 0;                  // ends after this many lines; 0: never
    std::vector<std::string> rooms;  // to be in beside the lobby
};

// Prints each line as it comes. Returns the exit status; throws what Session throws.
[[nodiscard]] int run_tail(const ServerAddress& server, const std::optional<std::string>& name,
                           const TailOptions& options);

}  // namespace chat
