// A conversation with the server for programs: in, one question after another, and out again. For the subcommands; the
// chat itself waits for people too.
#pragma once

#include "client/connection.h"
#include "client/process.h"
#include "client/server_address.h"
#include "shared/protocol.h"

#include <poll.h>

#include <chrono>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// The server answers with an error, or lets nobody in. what() is its own text.
class Refused : public std::runtime_error {
  public:
    explicit Refused(const ServerLine& line);
    std::string code;  // of the error
};

// A signal wants the process to end; the server has been told.
struct Interrupted {
    int signal;
};

class Session {
  public:
    // What the server has for a connection and for each answer; then it counts as gone.
    static constexpr std::chrono::seconds patience{15};

    // Connects, waits for the welcome, and takes the name, if one is given. This and all below throw NoServer where the
    // server is not there, goes away or does not answer, Interrupted, and Refused.
    Session(const ServerAddress& server, const std::optional<std::string>& name);

    // For polling together with something else: both are to be read by next() when readable.
    [[nodiscard]] int fd() const noexcept { return connection_.fd(); }
    [[nodiscard]] Signals& signals() noexcept { return signals_; }
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    // Sends a command and returns the lines that answer it, the last one included. Errors are thrown; so is
    // std::invalid_argument for a command of two lines.
    std::vector<ServerLine> ask(std::string_view command);
    // The next line that answers nothing, or nothing after `longest` (negative: waits for ever) or when one of `others`
    // is ready.
    [[nodiscard]] std::optional<ServerLine> next(std::chrono::milliseconds longest, const std::vector<pollfd>& others);
    // A line that came while an answer was waited for, if there is one left. It waits for nothing.
    [[nodiscard]] std::optional<ServerLine> next_kept();
    // Sends a line as it is, without waiting for anything.
    void say(std::string_view line);
    // Says goodbye and returns what still came before the end.
    std::vector<ServerLine> leave(std::string_view quit = "/quit");

  private:
    using Clock = std::chrono::steady_clock;
    [[nodiscard]] std::optional<ServerLine> received();
    void wait(std::chrono::milliseconds longest, const std::vector<pollfd>& others);
    [[nodiscard]] ServerLine must_read(Clock::time_point deadline);

    Signals signals_;
    Connection connection_;
    std::string id_;
    std::deque<ServerLine> others_;  // read while an answer was waited for
    unsigned long long number_ = 0;
};

}  // namespace chat
