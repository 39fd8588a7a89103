// A lost connection is made again: see reconnection.h.
#include "client/reconnection.h"

#include "client/connection.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>

namespace chat {

namespace {

constexpr std::chrono::seconds patience_per_address{10};

}  // namespace

// Shared between the one who waits and the thread that tries.
struct Reconnection::Attempt {
    UniqueFd done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};  // readable: over, and `socket` may be looked at
    std::mutex mutex;
    UniqueFd socket;
};

void Reconnection::lost() {
    const auto fifth = pause_.count() / 5;
    std::uniform_int_distribution<std::chrono::milliseconds::rep> spread(-fifth, fifth);
    next_ = Clock::now() + pause_ + std::chrono::milliseconds(spread(random_));
    pause_ = std::min(pause_ * 2, longest_pause);
    attempt_.reset();
}

int Reconnection::fd() const noexcept {
    return attempt_ ? attempt_->done.get() : -1;
}

int Reconnection::patience() const {
    if (attempt_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void Reconnection::begin() {
    const auto attempt = std::make_shared<Attempt>();
    if (!attempt->done) return lost();
    // Signals are for the thread that waits for people.
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    try {
        std::thread([attempt, server = server_] {
            UniqueFd socket;
            try {
                socket = connect_to(server, patience_per_address);
            } catch (const NoServer&) {
                // No socket says as much.
            }
            {
                const std::lock_guard lock(attempt->mutex);
                attempt->socket = std::move(socket);
            }
            const std::uint64_t one = 1;
            if (::write(attempt->done.get(), &one, sizeof one) < 0) return;
        }).detach();
        attempt_ = attempt;
    } catch (const std::system_error&) {
        lost();
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

UniqueFd Reconnection::work() {
    if (!attempt_) {
        if (Clock::now() >= next_) begin();
        return {};
    }
    pollfd done{attempt_->done.get(), POLLIN, 0};
    if (::poll(&done, 1, 0) != 1) return {};
    UniqueFd socket;
    {
        const std::lock_guard lock(attempt_->mutex);
        socket = std::move(attempt_->socket);
    }
    attempt_.reset();
    if (!socket) lost();
    return socket;
}

}  // namespace chat
