// The POSIX semaphore that wakes delivery. It is a hint, never a count that must match: a sleeper says that it sleeps,
// looks once more, and sleeps for a bounded time; the producer rings only for a sleeper. So a process killed between
// any two steps here costs at most one time-out.
#pragma once

#include "shared/memory/queue.h"

#include <semaphore.h>

#include <chrono>

namespace chat {

// Lies in shared memory. The semaphore is made by whoever makes the segment.
struct alignas(64) Doorbell {
    sem_t semaphore;
    alignas(64) SharedWord asleep;  // 1 while delivery sleeps or is about to; written by delivery alone

    void make();

    // Producer: call after committing. Rings if delivery said that it sleeps.
    void ring_for_sleeper() noexcept;
    // Rings in any case: after a restart of the producer, and from delivery's own threads.
    void ring() noexcept;

    // Delivery: sleeps until rung, for `limit` at most, unless `is_work_waiting` says after the announcement that there
    // is work. Rings that piled up are swallowed.
    template <typename Check>
    void sleep(std::chrono::milliseconds limit, Check is_work_waiting) {
        asleep.store(1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (!is_work_waiting()) wait(limit);
        asleep.store(0, std::memory_order_relaxed);
    }

  private:
    void wait(std::chrono::milliseconds limit) noexcept;
};

}  // namespace chat
