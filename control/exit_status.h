// How chatctl ends, for scripts: the numbers are a contract. Those from 69 on are the ones of sysexits.h.
#pragma once

#include <stdexcept>
#include <string>

namespace chat {

inline constexpr int exit_done = 0;
inline constexpr int exit_refused = 1;       // the server did not do it: no such client, and the like
inline constexpr int exit_wrong_use = 2;     // of the command line
inline constexpr int exit_troubled = 3;      // of `status`: the server serves, but reports trouble
inline constexpr int exit_no_server = 69;    // nobody listens on the socket
inline constexpr int exit_lost = 75;         // no answer: the connection ended or the time was over
inline constexpr int exit_no_sense = 76;     // the other side does not speak this language
inline constexpr int exit_not_allowed = 77;  // the socket is not for this user

// Ends the program with a message and one of the numbers above.
class Failure : public std::runtime_error {
  public:
    Failure(int exit_status, const std::string& message) : std::runtime_error(message), exit_status_(exit_status) {}
    [[nodiscard]] int exit_status() const noexcept { return exit_status_; }

  private:
    int exit_status_;
};

}  // namespace chat
