// The loop of the thread.
#include "chat-auth/worker.h"

#include "chat-auth/script.h"
#include "shared/system/crash_point.h"

#include <pthread.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace chat {

AuthWorker::AuthWorker(std::string directory, unsigned long cost)
    : directory_(std::move(directory)), cost_(cost), ready_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!ready_) throw std::system_error(errno, std::generic_category(), "making an eventfd");
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "chat-auth-work");
}

AuthWorker::~AuthWorker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    has_questions_.notify_all();
    thread_.join();
    for (std::thread& asker : askers_) asker.join();
}

bool AuthWorker::submit(std::uint64_t number, AuthRequest request) {
    {
        const std::lock_guard lock(mutex_);
        auto& queue = is_slow(request) ? slow_ : quick_;
        if (queue.size() >= most_waiting) return false;
        queue.push_back({number, std::move(request)});
    }
    changed_.notify_one();
    return true;
}

std::vector<AuthWorker::Done> AuthWorker::take_done() {
    eventfd_t ignored = 0;
    (void)::eventfd_read(ready_.get(), &ignored);
    const std::lock_guard lock(mutex_);
    return std::exchange(done_, {});
}

void AuthWorker::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !quick_.empty() || !slow_.empty(); });
        if (stopping_) return;
        auto& queue = quick_.empty() ? slow_ : quick_;
        Waiting next = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        std::string trouble;
        auto answer = perform(next.request, trouble);
        CHAT_CRASH_POINT("auth worker: call performed");
        lock.lock();
        if (answer && answer->needs_verdict) {
            need_verdict(std::move(next));
            continue;
        }
        done_.push_back({next.number, std::move(next.request), std::move(answer), std::move(trouble)});
        (void)::eventfd_write(ready_.get(), 1);
    }
}

void AuthWorker::need_verdict(Waiting waiting) {
    questions_.push_back(std::move(waiting));
    if (askers_.size() < most_askers) askers_.emplace_back([this] { ask_scripts(); });
    has_questions_.notify_one();
}

void AuthWorker::ask_scripts() {
    std::unique_lock lock(mutex_);
    for (;;) {
        has_questions_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
        if (stopping_) return;
        Waiting next = std::move(questions_.front());
        questions_.pop_front();
        lock.unlock();
        next.request.verdict = ask_script(next.request);
        lock.lock();
        quick_.push_back(std::move(next));
        changed_.notify_one();
    }
}

// The database is opened by the first call, and again after an error.
std::optional<AuthAnswer> AuthWorker::perform(const AuthRequest& request, std::string& trouble) {
    try {
        if (!accounts_) accounts_.emplace(directory_, cost_);
        return accounts_->perform(request);
    } catch (const std::exception& error) {
        accounts_.reset();
        trouble = error.what();
        return std::nullopt;
    }
}

}  // namespace chat
