// The process as a whole: with what status it ends, its signals as something to poll, and work in other threads.
#pragma once

#include "shared/unique_fd.h"

#include <functional>
#include <optional>

namespace chat {

// The same for the chat and for every subcommand, and documented in the manual page.
namespace exit_status {

inline constexpr int done = 0;         // left, answered, delivered
inline constexpr int trouble = 1;      // no server, no answer, the connection was lost; in the chat also: refused
inline constexpr int usage = 2;        // a mistake on the command line or in the configuration
inline constexpr int undelivered = 3;  // the one it was for is gone, or nobody is there
inline constexpr int refused = 4;      // the server did not let us in, or does not do it
inline constexpr int signalled = 128;  // and the number of the signal

}  // namespace exit_status

// Signals as something to poll: the handlers only note the signal in a pipe, the main loop acts on it.
//
// One at a time, for the life of the process's conversation. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT and
// SIGWINCH are caught, SIGPIPE is ignored; the destructor restores what was before.
//
// After one of the first four the process has `last_seconds` to end. An alarm each second breaks off what it hangs
// in (a terminal stopped by Ctrl-S takes no byte); the last one restores the terminal's modes and ends it with
// status 1.
class Signals {
  public:
    static constexpr int last_seconds = 5;

    // Also notes the modes of the terminal on standard input, so make it before anything changes them.
    // Throws std::system_error.
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    // Readable while a signal waits. Stays owned by this object.
    [[nodiscard]] int fd() const noexcept { return reader_.get(); }
    // The number of the next signal that came in, or nothing.
    [[nodiscard]] std::optional<int> next() noexcept;
    // While on, a signal that ends the process does so at once, with status 128 + its number: for waits that cannot be
    // polled, when there is no server yet to tell.
    void end_at_once(bool on) noexcept;

  private:
    UniqueFd reader_;
    UniqueFd writer_;
};

// Does what the kernel would do for a signal that stops a process and that nobody caught: nothing where there is no
// shell that could continue it. Returns when the process goes on.
void stop_process(int signal) noexcept;

// Work that may take long and that nobody waits for at the end, in a thread of its own.
// Begins it. It may outlive whoever began it, up to the end of the process, so that it owns all that it works with; it
// throws nothing, and gets no signals: they are for the thread that waits for people. Throws std::system_error.
void in_background(std::function<void()> work);

}  // namespace chat
