// The exit statuses of chatctl, for scripts: the numbers are a contract. Those from 69 on are taken from sysexits.h.
#pragma once

#include <stdexcept>
#include <string>

namespace chat {

inline constexpr int exit_done = 0;
inline constexpr int exit_refused = 1;       // the server did not do it: for example, no such client
inline constexpr int exit_wrong_use = 2;     // wrong command line
inline constexpr int exit_troubled = 3;      // for `status`: the server is running, but reports trouble
inline constexpr int exit_no_server = 69;    // nobody listens on the socket
inline constexpr int exit_lost = 75;         // no answer: the connection ended or timed out
inline constexpr int exit_bad_reply = 76;    // the peer does not speak this protocol
inline constexpr int exit_not_allowed = 77;  // this user may not use the socket

// Ends the program with a message and one of the numbers above.
class Failure : public std::runtime_error {
  public:
    Failure(int exit_status, const std::string& message) : std::runtime_error(message), exit_status_(exit_status) {}
    [[nodiscard]] int exit_status() const noexcept { return exit_status_; }

  private:
    int exit_status_;
};

}  // namespace chat
