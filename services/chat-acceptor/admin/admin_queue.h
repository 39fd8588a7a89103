// How full the queue is, for those who ask about the server's state.
#pragma once

#include "shared/memory/segment.h"
#include "shared/system/clock.h"

#include <cstdint>

namespace chat {

// Distances in bytes.
struct QueueState {
    std::uint64_t size = 0;
    std::uint64_t undelivered = 0;
    std::uint64_t unlogged_messages = 0;
    std::uint64_t unlogged_sessions = 0;
    Microseconds log_delay = 0;  // how long the oldest record that is not in the log yet has been waiting
};

// `now` in wall time.
[[nodiscard]] QueueState queue_state(const Segment& segment, Microseconds now);

}  // namespace chat
