// Positions in the queue.
#include "chat-acceptor/admin/admin_queue.h"

#include "shared/records/record.h"

#include <algorithm>

namespace chat {
namespace {

Microseconds log_delay(const Segment& segment, Position logged, Microseconds now) {
    const Position tail = segment.words().tail.load(std::memory_order_relaxed);
    const QueueReader reader(segment.queue_ring());
    for (Position at = logged; at < tail;) {
        const auto entry = reader.read(at, tail);
        if (!entry) break;
        if (const auto record = entry->padding ? std::nullopt : decode(entry->bytes))
            return std::max<Microseconds>(0, now - record->at);
        at = entry->next;
    }
    return 0;
}

}  // namespace

QueueState queue_state(const Segment& segment, Microseconds now) {
    const QueueWords& words = segment.words();
    const Position tail = words.tail.load(std::memory_order_relaxed);
    const auto behind = [tail](const SharedWord& word) {
        return tail - std::min(tail, word.load(std::memory_order_acquire));
    };
    const Position logged = std::min(
        {tail, words.logged.load(std::memory_order_acquire), words.sessions_logged.load(std::memory_order_acquire)});
    return {.size = segment.queue_ring().size(),
            .undelivered = behind(words.head),
            .unlogged_messages = behind(words.logged),
            .unlogged_sessions = behind(words.sessions_logged),
            .log_delay = log_delay(segment, logged, now)};
}

}  // namespace chat
