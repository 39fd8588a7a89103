// A log's thread: rows are written asynchronously, and nobody waits for them. The thread sleeps until there is
// something to write, gathers for a moment so that simultaneous events share one transaction, and writes. After an
// error it retries, forever. In between it runs chores, each when it is due.
//
// It knows neither rows nor records. LogWork::write() states the rule that keeps a log complete.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace chat {

// What a log writes. The log thread makes all calls except is_behind(), one at a time.
class LogWork {
  public:
    virtual ~LogWork() = default;
    // Is anything left to write? Called by any thread, with the log thread's lock held: it must not call the log
    // thread.
    [[nodiscard]] virtual bool is_behind() = 0;
    // Writes what is pending, which may be nothing. Its cursor moves only after the commit, so that writing can be
    // repeated at any time: after a DatabaseError or any other exception it is called again after a pause. A
    // DamagedSegment ends the thread. `stopping`: return after the current transaction.
    virtual void write(const std::atomic<bool>& stopping) = 0;
    // Closes the database, after an exception and at the end. The next call that needs it opens it again.
    virtual void close() noexcept = 0;
    // write() or a chore has failed, and each attempt since then, for this long. It will be repeated anyway.
    virtual void on_trouble(std::chrono::milliseconds /*since*/) {}
    // Shared memory is damaged: LogThread::has_found_damage() returns true, and only close() will still be called.
    // Called with the log thread's lock held.
    virtual void on_damage() noexcept {}
};

// Work of a log thread besides writing, such as deleting old rows.
struct LogChore {
    std::chrono::milliseconds first;  // after the thread's start
    // Does one small step, after the round's writing. Returns the time until it is due again; empty: it runs whenever
    // the thread is awake for another reason. An exception is treated like one from LogWork::write(), and the chore
    // stays due.
    std::function<std::optional<std::chrono::milliseconds>()> step;
};

struct LogPace {
    std::chrono::milliseconds gather{50};   // from the first pending row to the write
    std::chrono::milliseconds retry{500};   // after an error
    std::chrono::milliseconds flush{5000};  // limit for flush()
};

class LogThread {
  public:
    // `name`: of the thread, at most 15 characters. `work` must outlive this object.
    LogThread(const char* name, LogWork& work, std::vector<LogChore> chores = {}, LogPace pace = {});
    // Stops without waiting for pending rows.
    ~LogThread();
    LogThread(const LogThread&) = delete;
    LogThread& operator=(const LogThread&) = delete;

    // Call after is_behind() has become true. Takes no lock while the thread is awake.
    void nudge();
    // Makes the thread write without gathering first. Does not shorten the pause after an error.
    void hurry();
    // Skips gathering and waits until nothing is left to write, for at most LogPace::flush; false: something is left.
    [[nodiscard]] bool flush();
    // The current database error; empty if there is none.
    [[nodiscard]] std::string trouble();
    // True if the thread has ended because shared memory is damaged.
    [[nodiscard]] bool has_found_damage() const noexcept { return damaged_; }

  private:
    using Clock = std::chrono::steady_clock;
    struct Scheduled {
        LogChore chore;
        std::optional<Clock::time_point> due;  // empty: in every round
    };
    using Lock = std::unique_lock<std::mutex>;
    void run();
    void sleep(Lock& lock);
    void gather(Lock& lock);
    void do_chores();
    void end_by_damage();
    void note_trouble(Clock::time_point begin);

    LogWork* work_;
    LogPace pace_;
    std::vector<Scheduled> chores_;  // the thread's
    std::optional<Clock::time_point> failing_since_;
    std::mutex mutex_;
    std::condition_variable changed_;  // a round is done, or the thread is needed
    std::string trouble_;
    bool hurrying_ = false;
    std::atomic<bool> idle_ = false;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> damaged_ = false;
    std::thread thread_;
};

}  // namespace chat
