// One attempt to connect: see attempt.h.
#include "client/attempt.h"

#include "client/background.h"
#include "client/connection.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <utility>

namespace chat {

namespace {

Attempt::Outcome connected(const ServerAddress& server, std::chrono::milliseconds patience) {
    try {
        return {connect_to(server, patience), ""};
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

Attempt::Attempt(const ServerAddress& server, std::chrono::milliseconds patience)
    : shared_(std::make_shared<Shared>()) {
    if (!shared_->done) throw std::system_error(errno, std::generic_category(), "eventfd");
    in_background([shared = shared_, server, patience] {
        Outcome outcome = connected(server, patience);
        {
            const std::lock_guard lock(shared->mutex);
            shared->outcome = std::move(outcome);
        }
        const std::uint64_t one = 1;
        // A counter that cannot be full.
        if (::write(shared->done.get(), &one, sizeof one) < 0) return;
    });
}

int Attempt::fd() const noexcept {
    return shared_->done.get();
}

std::optional<Attempt::Outcome> Attempt::outcome() {
    const std::lock_guard lock(shared_->mutex);
    return std::exchange(shared_->outcome, std::nullopt);
}

}  // namespace chat
