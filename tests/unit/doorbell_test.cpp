// The semaphore: a sleeper is woken, at once and every time, and nobody sleeps forever.
#include "shared/memory/doorbell.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace doorbell_test {

using namespace chat;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

std::unique_ptr<Doorbell> make_doorbell() {
    auto doorbell = std::make_unique<Doorbell>();
    doorbell->make();
    return doorbell;
}

constexpr auto no_work = [] { return false; };
constexpr std::chrono::milliseconds far_too_long = 60s;

}  // namespace

TEST_CASE("doorbell: a sleeper is woken by a ring", "[doorbell][R12][D02]") {
    const auto doorbell = make_doorbell();
    std::atomic<bool> woken = false;
    const auto begin = Clock::now();
    std::thread sleeper([&] {
        doorbell->sleep(far_too_long, no_work);
        woken = true;
    });
    CHECK(test::eventually([&] { return doorbell->asleep == 1; }));
    CHECK_FALSE(woken);
    doorbell->ring_if_asleep();
    sleeper.join();
    CHECK(Clock::now() - begin < far_too_long / 2);
    CHECK(doorbell->asleep == 0);
}

TEST_CASE("doorbell: without a ring the sleep ends after its time-out", "[doorbell]") {
    const auto doorbell = make_doorbell();
    const auto begin = Clock::now();
    doorbell->sleep(30ms, no_work);
    CHECK(Clock::now() - begin >= 30ms);
    const auto again = Clock::now();
    doorbell->sleep(1100ms, no_work);  // past a full second of the clock
    CHECK(Clock::now() - again >= 1100ms);
    CHECK(Clock::now() - again < far_too_long);
}

TEST_CASE("doorbell: a process that finds work after announcing its sleep does not sleep", "[doorbell]") {
    const auto doorbell = make_doorbell();
    const auto begin = Clock::now();
    bool announced = false;
    doorbell->sleep(far_too_long, [&] { return announced = doorbell->asleep == 1; });
    CHECK(announced);
    CHECK(doorbell->asleep == 0);
    CHECK(Clock::now() - begin < far_too_long / 2);
}

TEST_CASE("doorbell: it rings only for sleepers, and accumulated rings count once", "[doorbell]") {
    const auto doorbell = make_doorbell();
    int value = -1;
    for (int i = 0; i < 5; ++i) doorbell->ring_if_asleep();
    ::sem_getvalue(&doorbell->semaphore, &value);
    CHECK(value == 0);
    for (int i = 0; i < 5; ++i) doorbell->ring();
    ::sem_getvalue(&doorbell->semaphore, &value);
    CHECK(value == 5);
    const auto begin = Clock::now();
    doorbell->sleep(far_too_long, no_work);
    CHECK(Clock::now() - begin < far_too_long / 2);
    ::sem_getvalue(&doorbell->semaphore, &value);
    CHECK(value == 0);
}

TEST_CASE("doorbell: no wake-up is lost in many rounds", "[doorbell][R12]") {
    constexpr std::uint64_t max_rounds = 100'000;
    constexpr std::chrono::milliseconds limit = 60s;  // what a lost wake-up would cost
    const auto doorbell = make_doorbell();
    alignas(64) SharedWord tail = 0;
    alignas(64) SharedWord head = 0;
    std::atomic<bool> failed = false;
    std::atomic<bool> complete = false;
    Clock::duration longest{};

    std::thread sleeper([&] {
        while (!complete && !failed) {
            const std::uint64_t seen = tail.load(std::memory_order_acquire);
            if (seen != head.load(std::memory_order_relaxed)) {
                head.store(seen, std::memory_order_release);
                continue;
            }
            const auto begin = Clock::now();
            doorbell->sleep(limit, [&] {
                return complete || tail.load(std::memory_order_acquire) != head.load(std::memory_order_relaxed);
            });
            longest = std::max(longest, Clock::now() - begin);
            if (longest > limit / 2) failed = true;
        }
    });
    // The next round begins just when the other side goes back to sleep, a little earlier or later each time.
    std::atomic<unsigned> pause = 0;
    const auto end = Clock::now() + test::long_enough;
    for (std::uint64_t round = 1; round <= max_rounds && !failed && Clock::now() < end; ++round) {
        for (pause = 0; pause < round % 61; pause.store(pause + 1, std::memory_order_relaxed)) {
        }
        tail.store(round, std::memory_order_release);
        doorbell->ring_if_asleep();
        for (int i = 0; head.load(std::memory_order_acquire) < round && !failed; ++i)
            if (i > 100) std::this_thread::yield();
    }
    complete = true;
    doorbell->ring();
    sleeper.join();
    INFO("longest sleep " << std::chrono::duration_cast<std::chrono::milliseconds>(longest).count() << " ms");
    CHECK_FALSE(failed);
}

}  // namespace doorbell_test
