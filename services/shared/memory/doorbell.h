// The POSIX semaphore that wakes delivery. It is a hint, never a count that must match: a sleeper announces that it
// sleeps, checks for work again, and sleeps for a bounded time; the producer rings only for a sleeper. So a process
// killed between any two steps here costs at most one timeout.
#pragma once

#include "shared/memory/queue.h"

#include <semaphore.h>

#include <chrono>

namespace chat {

// Lives in shared memory. The creator of the segment initialises the semaphore.
struct alignas(64) Doorbell {
    sem_t semaphore;
    alignas(64) SharedWord asleep;  // 1 while delivery sleeps or is about to; written only by delivery

    void make();

    // Producer: call after committing. Rings if delivery has announced that it sleeps.
    void ring_if_asleep() noexcept;
    // Always rings: after a restart of the producer, and from delivery's own threads.
    void ring() noexcept;

    // Delivery: sleeps until rung, for at most `limit`, unless `is_work_waiting` finds work after the announcement.
    // Accumulated rings are discarded.
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
