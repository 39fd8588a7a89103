// The thread of a log: rows follow behind what has happened, and nobody waits for them. The thread sleeps until there
// is something to write, gathers for a moment so that what comes together becomes one transaction, and has it written.
// After an error it tries again, forever. In between it does chores, each when it is due.
//
// It knows neither rows nor records. What keeps a log complete is the rule for LogWork::write().
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

// What a log writes. The log's thread makes every call but is_behind(), one at a time.
class LogWork {
  public:
    virtual ~LogWork() = default;
    // Is anything left to write? Called by any thread, with the log thread's lock held: it must not call the log
    // thread.
    [[nodiscard]] virtual bool is_behind() = 0;
    // Writes what is there now, which may be nothing. Its cursor moves only after the commit, so that writing can be
    // repeated at any time: a DatabaseError, or any other exception, means that it is called again after a pause. A
    // DamagedSegment ends the thread. `stopping`: return after the transaction at hand.
    virtual void write(const std::atomic<bool>& stopping) = 0;
    // After an exception and at the end: closes the database. What needs it next opens it again.
    virtual void close() noexcept = 0;
    // Shared memory is damaged, LogThread::has_found_damage() says so, and nothing will be called any more but close().
    // Called with the log thread's lock held.
    virtual void on_damage() noexcept {}
};

// What a log's thread does besides writing, such as deleting old rows.
struct LogChore {
    std::chrono::milliseconds first;  // after the thread's start
    // Does a little, after the writing of its round. Returns the time until it is due again; empty: it is due whenever
    // the thread is awake for another reason. An exception is treated like one of LogWork::write(), and the chore is
    // still due.
    std::function<std::optional<std::chrono::milliseconds>()> step;
};

struct LogPace {
    std::chrono::milliseconds gather{50};   // from the first thing to write to the writing
    std::chrono::milliseconds retry{500};   // after an error
    std::chrono::milliseconds flush{5000};  // the longest that flush() waits
};

class LogThread {
  public:
    // `name`: of the thread, 15 characters at most. `work` must outlive this.
    LogThread(const char* name, LogWork& work, std::vector<LogChore> chores = {}, LogPace pace = {});
    // Stops without waiting for what is not written yet.
    ~LogThread();
    LogThread(const LogThread&) = delete;
    LogThread& operator=(const LogThread&) = delete;

    // To be called after is_behind() has become true. Takes no lock while the thread is awake.
    void nudge();
    // Writes without gathering first. Does not cut a pause after an error short.
    void hurry();
    // Hurries and waits until nothing is left to write, for LogPace::flush at most; false: something is left.
    [[nodiscard]] bool flush();
    // What is wrong with the database; empty while all is well.
    [[nodiscard]] std::string trouble();
    // The thread has ended, because shared memory is damaged.
    [[nodiscard]] bool has_found_damage() const noexcept { return damaged_; }

  private:
    using Clock = std::chrono::steady_clock;
    struct Scheduled {
        LogChore chore;
        std::optional<Clock::time_point> due;  // empty: in any round
    };
    using Lock = std::unique_lock<std::mutex>;
    void run();
    void sleep(Lock& lock);
    void gather(Lock& lock);
    void do_chores();
    void end_by_damage();

    LogWork* work_;
    LogPace pace_;
    std::vector<Scheduled> chores_;  // the thread's
    std::mutex mutex_;
    std::condition_variable changed_;  // a round is done, or the thread is called
    std::string trouble_;
    bool hurrying_ = false;
    std::atomic<bool> idle_ = false;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> damaged_ = false;
    std::thread thread_;
};

}  // namespace chat
