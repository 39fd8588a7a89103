// The queue, the rate of what clients cause, and the thread.
#include "shared/system/journal_queue.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <string>
#include <utility>

namespace chat {
namespace {

// The loop's signals are not for this thread, and a pipe without a reader is an error of write(2) for it.
std::thread thread_without_signals(const std::function<void()>& body) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, fault);
    (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread;
    try {
        thread = std::thread(body);
    } catch (...) {
        (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

std::string entries_of(std::uint64_t number) {
    return std::to_string(number) + (number == 1 ? " entry" : " entries");
}

}  // namespace

JournalQueue::JournalQueue(std::function<void(const JournalEntry&)> write, JournalPace pace)
    : state_(std::make_shared<State>()) {
    state_->write = std::move(write);
    state_->pace = pace;
    state_->tokens = pace.burst;
    state_->refilled_at = Clock::now();
    thread_ = thread_without_signals([state = state_] {
        ::pthread_setname_np(::pthread_self(), "journal");
        state->run();
    });
}

JournalQueue::~JournalQueue() {
    (void)finish({});
}

void JournalQueue::add(JournalEntry entry) {
    State& state = *state_;
    {
        const std::lock_guard lock(state.mutex);
        if (state.stopping) return;
        const bool by_clients = entry.event->by_clients;
        if (by_clients && !state.take_token(Clock::now())) return;
        if (state.entries.size() >= (by_clients ? state.pace.most / 2 : state.pace.most)) {
            ++state.dropped;
            return;
        }
        state.entries.push_back(std::move(entry));
    }
    state.changed.notify_all();
}

bool JournalQueue::finish(std::chrono::milliseconds limit) {
    if (!thread_.joinable()) return true;
    bool ended = false;
    {
        std::unique_lock lock(state_->mutex);
        state_->stopping = true;
        state_->changed.notify_all();
        ended = state_->changed.wait_for(lock, limit, [this] { return state_->ended; });
    }
    if (ended)
        thread_.join();
    else
        thread_.detach();
    return ended;
}

// Counts the entry if there is no token for it.
bool JournalQueue::State::take_token(Clock::time_point now) {
    const std::chrono::duration<double> since = now - refilled_at;
    tokens = std::min(pace.burst, tokens + since.count() * pace.rate);
    refilled_at = now;
    if (tokens >= 1) {
        tokens -= 1;
        return true;
    }
    if (left_out++ == 0) {
        first_left_out = now;
        changed.notify_all();  // the thread waits for the time of the report
    }
    last_left_out = now;
    return false;
}

JournalQueue::Clock::time_point JournalQueue::State::report_at() const {
    return std::min(last_left_out + pace.quiet, first_left_out + pace.longest);
}

bool JournalQueue::State::is_report_due(Clock::time_point now) const {
    return left_out > 0 && (stopping || now >= report_at());
}

void JournalQueue::State::report_left_out() {
    const std::string number = std::to_string(left_out);
    entries.push_back({Priority::notice,
                       "journal-limited",
                       entries_of(std::exchange(left_out, 0)) + " about clients left out: at most " +
                           std::to_string(static_cast<int>(pace.rate)) + " are written per second, after a burst of " +
                           std::to_string(static_cast<int>(pace.burst)),
                       {{"CHAT_ENTRIES", number}}});
    tokens -= 1;
}

void JournalQueue::State::report_dropped() {
    const std::string number = std::to_string(dropped);
    entries.push_back({Priority::warning,
                       "journal-dropped",
                       entries_of(std::exchange(dropped, 0)) + " lost, because the journal did not take them in time",
                       {{"CHAT_ENTRIES", number}}});
}

void JournalQueue::State::run() {
    std::unique_lock lock(mutex);
    for (;;) {
        if (is_report_due(Clock::now())) report_left_out();
        if (entries.empty() && dropped > 0) report_dropped();
        if (!entries.empty()) {
            const JournalEntry entry = std::move(entries.front());
            entries.pop_front();
            lock.unlock();
            write(entry);
            lock.lock();
        } else if (stopping) {
            break;
        } else if (left_out > 0) {
            changed.wait_until(lock, report_at());
        } else {
            changed.wait(lock);
        }
    }
    ended = true;
    changed.notify_all();
}

}  // namespace chat
