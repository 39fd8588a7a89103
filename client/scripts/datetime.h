// `chat-client datetime`: asks for the date and the time by datagrams, again and again.
#pragma once

#include "client/net/server_address.h"

#include <chrono>

namespace chat {

struct DatetimeOptions {
    std::chrono::milliseconds least{1000};  // between one round of questions and the next: a random time
    std::chrono::milliseconds most{2000};   // from `least` to `most`
    long rounds = 0;                        // 0: forever
};

// Prints each answer on a line of its own. Returns the exit status: done only if every question was answered. Throws
// NoServer if the address cannot be found.
[[nodiscard]] int run_datetime(const ServerAddress& server, const DatetimeOptions& options);

}  // namespace chat
