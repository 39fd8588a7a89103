// Entries on their way to the journal, and the thread that writes them: whoever has something to log never waits for
// journald, or for a pipe that nobody reads. The queue is bounded. What does not fit is counted, and so is what clients
// cause beyond their rate; one entry later reports each count.
#pragma once

#include "shared/system/journal.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace chat {

struct JournalPace {
    std::size_t most = 1024;                   // entries that wait; those that clients cause may take half of it
    double rate = 10;                          // of entries that clients cause, per second …
    double burst = 50;                         // … after this many
    std::chrono::milliseconds quiet{1000};     // after the last one left out, their number is reported …
    std::chrono::milliseconds longest{10000};  // … or this long after the first
};

class JournalQueue {
  public:
    // Only the thread calls `write`, which may block for as long as it likes.
    explicit JournalQueue(std::function<void(const JournalEntry&)> write, JournalPace pace = {});
    // Abandons a thread that is blocked.
    ~JournalQueue();
    JournalQueue(const JournalQueue&) = delete;
    JournalQueue& operator=(const JournalQueue&) = delete;

    // Never blocks.
    void add(JournalEntry entry);
    // Waits until everything added so far is written, the counts included, but at most `limit`; false: it is not.
    // Nothing may be added later.
    bool finish(std::chrono::milliseconds limit);

  private:
    using Clock = std::chrono::steady_clock;
    // The thread's share in it outlives the queue if the thread is abandoned.
    struct State {
        std::function<void(const JournalEntry&)> write;
        JournalPace pace;
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<JournalEntry> entries;
        std::uint64_t dropped = 0;   // there was no room for them
        std::uint64_t left_out = 0;  // clients caused too many
        Clock::time_point first_left_out;
        Clock::time_point last_left_out;
        double tokens = 0;
        Clock::time_point refilled_at;
        bool stopping = false;
        bool ended = false;

        [[nodiscard]] bool take_token(Clock::time_point now);
        [[nodiscard]] bool is_report_due(Clock::time_point now) const;
        [[nodiscard]] Clock::time_point report_at() const;
        void report_left_out();
        void report_dropped();
        void run();
    };

    std::shared_ptr<State> state_;
    std::thread thread_;
};

}  // namespace chat
