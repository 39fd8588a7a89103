// Sleeping, gathering, retrying.
#include "shared/log/log_thread.h"

#include "shared/memory/segment.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace chat {

LogThread::LogThread(const char* name, LogWork& work, std::vector<LogChore> chores, LogPace pace)
    : work_(&work), pace_(pace) {
    const auto now = Clock::now();
    for (LogChore& chore : chores) {
        const auto due = now + chore.first;
        chores_.push_back({std::move(chore), due});
    }
    thread_ = std::thread([this, name] {
        ::pthread_setname_np(::pthread_self(), name);
        run();
    });
}

LogThread::~LogThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void LogThread::nudge() {
    // Two threads each write one word and then read the other's: the caller has published work and reads `idle_`;
    // sleep() writes `idle_` and reads the work. With a fence between the two steps on both sides, at least one of them
    // sees the other's write: either the thread sees the work, or this call sees that the thread is idle. Without the
    // fences both could miss it, and the work would wait until something else wakes the thread.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!idle_.load()) return;
    // The thread may have checked for work and found none, but not be asleep yet: the lock waits until it is.
    const std::lock_guard lock(mutex_);
    idle_ = false;
    changed_.notify_all();
}

void LogThread::hurry() {
    {
        const std::lock_guard lock(mutex_);
        hurrying_ = true;
    }
    changed_.notify_all();
}

bool LogThread::flush() {
    hurry();
    Lock lock(mutex_);
    return changed_.wait_for(lock, pace_.flush, [this] { return damaged_ || !work_->is_behind(); }) && !damaged_;
}

std::string LogThread::trouble() {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void LogThread::run() {
    Lock lock(mutex_);
    for (;;) {
        sleep(lock);
        gather(lock);
        if (stopping_) break;
        hurrying_ = false;
        lock.unlock();
        std::string trouble;
        const auto begin = Clock::now();
        try {
            try {
                work_->write(stopping_);
                do_chores();
                failing_since_.reset();
            } catch (const DamagedSegment&) {
                throw;
            } catch (const std::exception& error) {
                trouble = error.what();
                work_->close();
                note_trouble(begin);
            }
        } catch (const DamagedSegment&) {
            end_by_damage();
            return;
        }
        lock.lock();
        trouble_ = trouble;
        changed_.notify_all();
        if (!trouble.empty()) changed_.wait_for(lock, pace_.retry, [this] { return stopping_.load(); });
    }
    lock.unlock();
    work_->close();
}

void LogThread::note_trouble(Clock::time_point begin) {
    if (!failing_since_) failing_since_ = begin;
    work_->on_trouble(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *failing_since_));
}

// Returns when there is something to write, a chore is due, or somebody needs the thread.
void LogThread::sleep(Lock& lock) {
    idle_ = true;
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the one in nudge()
    if (!work_->is_behind()) {
        std::optional<Clock::time_point> next;
        for (const Scheduled& scheduled : chores_)
            if (scheduled.due) next = std::min(next.value_or(*scheduled.due), *scheduled.due);
        const auto is_called = [this] { return stopping_ || hurrying_ || !idle_; };
        if (next)
            changed_.wait_until(lock, *next, is_called);
        else
            changed_.wait(lock, is_called);
    }
    idle_ = false;
}

void LogThread::gather(Lock& lock) {
    if (work_->is_behind()) changed_.wait_for(lock, pace_.gather, [this] { return stopping_ || hurrying_; });
}

void LogThread::do_chores() {
    for (Scheduled& scheduled : chores_) {
        if (scheduled.due && Clock::now() < *scheduled.due) continue;
        const auto pause = scheduled.chore.step();
        scheduled.due.reset();
        if (pause) scheduled.due = Clock::now() + *pause;
    }
}

// Retrying cannot repair this: the owner of the shared memory has to end the process.
void LogThread::end_by_damage() {
    {
        // flush() returns only after the report.
        const std::lock_guard lock(mutex_);
        damaged_ = true;
        work_->on_damage();
    }
    changed_.notify_all();
    work_->close();
}

}  // namespace chat
