// `chat-client tail`: messages, arrivals and departures, line by line, until it is ended.
#pragma once

#include "client/net/server_address.h"
#include "client/scripts/session_login.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chat {

struct TailOptions {
    bool json = false;
    long count = 0;                  // ends after this many lines; 0: never
    std::vector<std::string> rooms;  // to be in besides the lobby
    std::string since;               // prints what was said from then on first, RFC 3339; empty: nothing
    bool files = false;              // receives files that are sent
    std::uint64_t hourly_mb = 50;    // from one sender within an hour, at most
    std::string directory;           // where they go; empty: the one of default_download_directory()
};

// Prints each line as it comes; waits at the end for files that are under way. Returns the exit status; throws
// what Session throws.
[[nodiscard]] int run_tail(const ServerAddress& server, const SessionLogin& login, const TailOptions& options);

}  // namespace chat
