// Why the acceptor temporarily reads nothing or accepts no connections: the queue is full, or the process is out of
// memory or descriptors. Clients that are already connected need nothing new, so only a full queue or a full /dev/shm
// stops them.
#pragma once

#include "shared/system/clock.h"
#include "shared/system/journal.h"

#include <optional>
#include <string>

namespace chat {

class BackPressure {
  public:
    // The queue has no room: no client is read until unblock().
    void block() noexcept {
        if (!blocked_) blocked_since_ = steady_clock();
        blocked_ = true;
    }
    // The same for another reason, which is logged.
    void block(Event event, const std::string& why) {
        report(event, why);
        block();
    }
    // Why it lasts.
    void explain(Event event, const std::string& why) { report(event, why); }
    void unblock() noexcept { blocked_ = false; }
    // No connection is accepted until the next tick.
    void pause_newcomers(const std::string& why) {
        report("accept-trouble", why);
        newcomers_wait_ = true;
    }
    // Everything is tried again twenty times a second.
    void tick() {
        newcomers_wait_ = false;
        trouble_.clear();
    }

    [[nodiscard]] bool is_blocked() const noexcept { return blocked_; }
    // It lasts so long that newcomers are refused: they should not wait without an answer.
    [[nodiscard]] bool is_refusing() const noexcept {
        return blocked_ && steady_clock() - blocked_since_ > longest_silence;
    }
    [[nodiscard]] bool is_accepting() const noexcept { return !newcomers_wait_ && (!blocked_ || is_refusing()); }
    // A sentence for the status; empty while nothing is held up.
    [[nodiscard]] std::optional<std::string> trouble() const {
        if (!blocked_ && !newcomers_wait_) return std::nullopt;
        return trouble_.empty() ? "waiting for room in the queue" : "waiting: " + trouble_;
    }

  private:
    static constexpr Microseconds report_interval = 10'000'000;
    static constexpr Microseconds longest_silence = 1'000'000;

    void report(Event event, const std::string& why) {
        const Microseconds now = steady_clock();
        if (reported_at_ == 0 || now - reported_at_ > report_interval) {
            journal(Priority::warning, event, why);
            reported_at_ = now;
        }
        trouble_ = why;
    }

    bool blocked_ = false;
    Microseconds blocked_since_ = 0;
    bool newcomers_wait_ = false;
    Microseconds reported_at_ = 0;  // steady time of the last entry in the journal
    std::string trouble_;           // why it is blocked, unless the queue is full
};

}  // namespace chat
