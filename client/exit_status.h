// With what status chat-client ends: the same for the chat and for every subcommand, and documented in its manual page.
#pragma once

namespace chat::exit_status {

inline constexpr int done = 0;         // left, answered, delivered
inline constexpr int trouble = 1;      // no server, no answer, the connection was lost; in the chat also: refused
inline constexpr int usage = 2;        // a mistake on the command line or in the configuration
inline constexpr int undelivered = 3;  // the one it was for is gone, or nobody is there
inline constexpr int refused = 4;      // the server did not let us in, or does not do it
inline constexpr int signalled = 128;  // and the number of the signal

}  // namespace chat::exit_status
