// The datagram service of protocol section 7: date, time and echo. It keeps answering whatever arrives.
#pragma once

#include "shared/system/clock.h"

#include <string>
#include <string_view>

namespace chat {

// The answer to one datagram; empty: there is none. Never longer than the request or 32 bytes, whichever is more;
// however often it is sent back to a server like this one, the exchange ends after a bounded number of rounds.
[[nodiscard]] std::string answer_datagram(std::string_view request, Microseconds now);

// Answers the datagrams waiting on the socket, at most a few dozen at a time.
void serve_datagrams(int fd);

}  // namespace chat
