// Connections, one process for each: a module of PAM may block, leak or crash, and the passphrase is gone when the
// process has ended. This process never reads one.
#pragma once

#include "chat-auth-pam/pam_check.h"
#include "shared/system/clock.h"
#include "shared/system/event_loop.h"
#include "shared/system/unique_fd.h"

#include <sys/types.h>

#include <vector>

namespace chat {

class Visits {
  public:
    static constexpr std::size_t most = 8;  // further connections wait in the socket's backlog
    // After this the process is killed: chat-auth has stopped waiting long ago.
    static constexpr Microseconds longest = 10'000'000;
    // Refusals leave at a multiple of this after the question, so that their time says less about the reason.
    static constexpr Microseconds refusal_step = 250'000;

    // Ends what takes too long, in a timer of the loop.
    Visits(EventLoop& loop, PamSetup setup, UniqueFd listener);

    // Call it at SIGCHLD.
    void reap();

    [[nodiscard]] bool is_idle() const noexcept { return visits_.empty(); }
    // Steady time at which the last connection came.
    [[nodiscard]] Microseconds active_at() const noexcept { return active_at_; }

  private:
    struct Visit {
        pid_t pid;
        Microseconds began_at;
    };
    void accept_one();
    void listen();
    void end_overdue() const;

    EventLoop* loop_;
    PamSetup setup_;
    UniqueFd listener_;
    EventLoop::Registration listening_;
    EventLoop::Registration ending_;
    std::vector<Visit> visits_;
    Microseconds active_at_;
};

// The work of such a process: reads the question, asks PAM and answers.
void serve_visit(int connection, const PamSetup& setup);

}  // namespace chat
