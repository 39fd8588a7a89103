// Ringing and waiting on the semaphore.
#include "shared/memory/doorbell.h"

#include "shared/system/clock.h"

#include <cerrno>
#include <ctime>
#include <system_error>

namespace chat {

void Doorbell::make() {
    if (::sem_init(&semaphore, 1, 0) != 0)
        throw std::system_error(errno, std::generic_category(), "creating the semaphore");
    asleep.store(0, std::memory_order_relaxed);
}

void Doorbell::ring() noexcept {
    // EOVERFLOW: it has already been rung more than enough.
    (void)::sem_post(&semaphore);
}

void Doorbell::ring_if_asleep() noexcept {
    // Pairs with the fence in sleep(): either the sleeper sees the commit, or this call sees the sleeper.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (asleep.load(std::memory_order_relaxed) != 0) ring();
}

void Doorbell::wait(std::chrono::milliseconds limit) noexcept {
    const Microseconds end = steady_clock() + std::chrono::microseconds(limit).count();
    do {  // repeats only if a test stops the clock
        timespec until{};
        ::clock_gettime(CLOCK_MONOTONIC, &until);
        const auto nanoseconds = until.tv_nsec + std::chrono::nanoseconds(limit).count();
        until.tv_sec += static_cast<std::time_t>(nanoseconds / 1'000'000'000);
        until.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
        if (::sem_clockwait(&semaphore, CLOCK_MONOTONIC, &until) == 0) {
            while (::sem_trywait(&semaphore) == 0) {
            }
            return;
        }
    } while (errno == ETIMEDOUT && steady_clock() < end);
}

}  // namespace chat
