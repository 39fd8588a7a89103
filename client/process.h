// The process as a whole: its exit status, signals that can be polled, and work in other threads.
#pragma once

#include "shared/system/unique_fd.h"

#include <functional>
#include <optional>

namespace chat {

// The same for the chat and for every subcommand, and documented in the manual page.
namespace exit_status {

inline constexpr int done = 0;         // left, answered, delivered
inline constexpr int trouble = 1;      // no server, no answer, or a lost connection; in the chat also: refused
inline constexpr int usage = 2;        // a mistake on the command line or in the configuration
inline constexpr int undelivered = 3;  // the receiver is gone, or there is none
inline constexpr int refused = 4;      // the server refused the connection or the command
inline constexpr int signalled = 128;  // and the number of the signal

}  // namespace exit_status

// Signals that can be polled: the handlers only note the signal in a pipe, the main loop acts on it.
//
// One object at a time, while the process talks to a server. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT and
// SIGWINCH are caught, SIGPIPE is ignored; the destructor restores what was before.
//
// After one of the first four the process has `last_seconds` to end. An alarm every second interrupts whatever blocks
// it (a terminal stopped by Ctrl-S accepts no bytes); the last one restores the terminal's modes and ends the process
// with status 1.
class Signals {
  public:
    static constexpr int last_seconds = 5;

    // Also notes the modes of the terminal on standard input, so construct it before anything changes them.
    // Throws std::system_error.
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    // Readable while a signal waits. Stays owned by this object.
    [[nodiscard]] int fd() const noexcept { return reader_.get(); }
    // The number of the next signal that came in, or nothing.
    [[nodiscard]] std::optional<int> next() noexcept;
    // The signal that next() returned last came from a key, such as Ctrl-C, and not from another process.
    [[nodiscard]] bool was_typed() const noexcept { return was_typed_; }
    // The signal that next() returned last does not end the process after all.
    void stay() noexcept;
    // While on, a signal that ends the process does so at once, with status 128 + its number: for waits that cannot be
    // polled, before there is a server to notify.
    void exit_immediately(bool on) noexcept;

  private:
    UniqueFd reader_;
    UniqueFd writer_;
    bool was_typed_ = false;
};

// Does what the kernel does for an uncaught signal that stops a process: nothing if no shell could continue it. Returns
// when the process continues.
void stop_process(int signal) noexcept;

// Runs `work` in a thread of its own that nobody joins. It may run until the end of the process, so it must own
// everything it uses; it must not throw, and receives no signals: they are for the main thread. Throws
// std::system_error.
void in_background(std::function<void()> work);

}  // namespace chat
