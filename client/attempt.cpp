// One attempt to connect: see attempt.h.
#include "client/attempt.h"

#include "client/connection.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace chat {

namespace {

constexpr std::chrono::seconds patience_per_address{10};

// Signals are for the thread that waits for people: one that is begun in this object's life gets none.
class SignalsKeptBack {
  public:
    SignalsKeptBack() {
        sigset_t all{};
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~SignalsKeptBack() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsKeptBack(const SignalsKeptBack&) = delete;
    SignalsKeptBack& operator=(const SignalsKeptBack&) = delete;

  private:
    sigset_t before_{};
};

Attempt::Outcome connected(const ServerAddress& server) {
    try {
        return {connect_to(server, patience_per_address), ""};
    } catch (const NoServer& problem) {
        return {UniqueFd(), problem.what()};
    }
}

}  // namespace

// Between the one who waits and the thread that tries.
struct Attempt::Shared {
    UniqueFd done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};  // readable: `outcome` is there
    std::mutex mutex;
    std::optional<Outcome> outcome;
};

Attempt::Attempt(const ServerAddress& server) : shared_(std::make_shared<Shared>()) {
    if (!shared_->done) throw std::system_error(errno, std::generic_category(), "eventfd");
    const SignalsKeptBack meanwhile;
    std::thread([shared = shared_, server] {
        Outcome outcome = connected(server);
        {
            const std::lock_guard lock(shared->mutex);
            shared->outcome = std::move(outcome);
        }
        const std::uint64_t one = 1;
        // A counter that cannot be full.
        if (::write(shared->done.get(), &one, sizeof one) < 0) return;
    }).detach();
}

int Attempt::fd() const noexcept {
    return shared_->done.get();
}

std::optional<Attempt::Outcome> Attempt::outcome() {
    const std::lock_guard lock(shared_->mutex);
    return std::exchange(shared_->outcome, std::nullopt);
}

}  // namespace chat
