// The datagram service of protocol section 7: date, time and echo, answered for ever whatever arrives.
#pragma once

#include "shared/system/clock.h"

#include <string>
#include <string_view>

namespace chat {

// The answer to one datagram; empty: none is given. Never longer than the request or 32 bytes, whichever is more;
// whatever it is sent again to a server like this one ends after a bounded number of rounds.
[[nodiscard]] std::string answer_datagram(std::string_view request, Microseconds now);

// Answers the datagrams that wait on the socket, at most some dozen at a time.
void serve_datagrams(int fd);

}  // namespace chat
