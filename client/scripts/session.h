// A session with the server for subcommands: log in, ask one question after another, leave. The chat itself also waits
// for people, and does not use it.
#pragma once

#include "client/net/connection.h"
#include "client/net/server_address.h"
#include "client/process.h"
#include "client/scripts/session_login.h"
#include "shared/text/protocol.h"

#include <poll.h>

#include <chrono>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// The server answered with an error, or refused the connection. what() is its own text.
class Refused : public std::runtime_error {
  public:
    explicit Refused(const ServerLine& line);
    std::string code;  // of the error
};

// A signal ends the process; the server was notified.
struct Interrupted {
    int signal;
};

class Session {
  public:
    // How long the server may take to connect and for each answer; then it counts as gone.
    static constexpr std::chrono::seconds timeout{15};
    // Before a line that the server refused as too fast is sent again.
    static constexpr std::chrono::milliseconds pause_when_too_fast{100};

    enum class Manner {
        announced,
        quiet,  // the others do not notice us until we speak, join or take a name
    };
    // Connects, waits for the welcome, and logs in, if a name is given. This and all below throw NoServer if the
    // server is not there, goes away or does not answer, Interrupted, and Refused.
    // On a terminal a person is asked about a certificate that nobody vouches for, and for a password.
    Session(const ServerAddress& server, const SessionLogin& login, Manner manner = Manner::announced);

    // To be polled together with other descriptors; call next() when they are readable.
    [[nodiscard]] int fd() const noexcept { return connection_.fd(); }
    [[nodiscard]] Signals& signals() noexcept { return signals_; }
    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    // As it was reached.
    [[nodiscard]] const ServerAddress& server() const noexcept { return server_; }

    // Sends a command and returns the lines that answer it, the last one included. Errors are thrown; so is
    // std::invalid_argument for a command of two lines.
    std::vector<ServerLine> ask(std::string_view command);
    // The next line that is not an answer, or nothing after `longest` (negative: waits forever) or when one of `others`
    // is ready.
    [[nodiscard]] std::optional<ServerLine> next(std::chrono::milliseconds longest, const std::vector<pollfd>& others);
    // A line that arrived while waiting for an answer, if there is one left. Does not wait.
    [[nodiscard]] std::optional<ServerLine> next_kept();
    // Sends a line as it is, without waiting for an answer.
    void send(std::string_view line);
    // Says goodbye and returns the lines that came before the end.
    std::vector<ServerLine> leave(std::string_view quit = "/quit");

  private:
    using Clock = std::chrono::steady_clock;
    [[nodiscard]] std::optional<ServerLine> received();
    void log_in(const std::string& name, const SessionLogin& login);
    void wait(std::chrono::milliseconds longest, const std::vector<pollfd>& others);
    [[nodiscard]] ServerLine must_read(Clock::time_point deadline);

    Manner manner_;
    Signals signals_;
    ServerAddress server_;
    Connection connection_;
    std::string id_;
    std::deque<ServerLine> others_;  // read while waiting for an answer
    unsigned long long number_ = 0;
};

}  // namespace chat
