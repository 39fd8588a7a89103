// Found in the rows of clients whose departure has been fanned out, or added by the departure record.
#include "chat-delivery/departures.h"

#include "shared/memory/slot_notes.h"
#include "shared/system/crash_point.h"

namespace chat {
namespace {

constexpr Microseconds departure_timeout = 10'000'000;
constexpr Microseconds release_interval = 1'000'000;

bool has_left(const ClientRow& row, Position head) noexcept {
    return row.state == SlotState::departed && row.leaving_end <= head;
}

}  // namespace

void Departures::recover() {
    const Position head = segment_->words().head.load(std::memory_order_relaxed);
    const auto slots = segment_->slots();
    for (std::uint32_t number = 0; number < slots.size(); ++number) {
        const ClientRow row = copy_row(slots[number]);
        const SlotId client{number, row.generation};
        if (has_left(row, head)) add(client);
        if (row.state == SlotState::closed && !has_ended_cleanly(slots[number], client)) unsent_.push_back(client);
    }
}

void Departures::find_missed() {
    const Position head = segment_->words().head.load(std::memory_order_relaxed);
    const auto slots = segment_->slots();
    for (std::uint32_t number = 0; number < slots.size(); ++number) {
        const ClientRow row = copy_row(slots[number]);
        const SlotId client{number, row.generation};
        if (has_left(row, head) && !has_ended_cleanly(slots[number], client)) add(client);
    }
}

void Departures::add(SlotId client) {
    departed_.push_back({client, steady_clock() + departure_timeout});
}

void Departures::end_finished() {
    const Microseconds now = steady_clock();
    std::erase_if(departed_, [&](const Departed& departed) {
        if (outboxes_->write_state(departed.client) == Outboxes::WriteState::unsent && now < departed.until)
            return false;
        outboxes_->end(departed.client);
        if (!has_ended_cleanly(segment_->slots()[departed.client.slot], departed.client))
            unsent_.push_back(departed.client);
        return true;
    });
    if (now < release_at_) return;
    release_closed();
    release_at_ = now + release_interval;
}

bool Departures::is_closed(SlotId client) const noexcept {
    const ClientRow row = copy_row(segment_->slots()[client.slot]);
    if (row.generation != client.generation) return true;  // a slot is only reused when nobody needs them
    const QueueWords& words = segment_->words();
    return row.state == SlotState::closed && words.head.load(std::memory_order_relaxed) >= row.leaving_end &&
           words.logged.load(std::memory_order_acquire) >= row.leaving_end;
}

void Departures::release_closed() {
    std::erase_if(unsent_, [this](SlotId client) {
        Slot& slot = segment_->slots()[client.slot];
        // The next client of the slot has begun its own outbox in the same memory.
        if (committed_end(slot).generation != client.generation) return true;
        if (!is_closed(client)) return false;
        outboxes_->release(client.slot);
        CHAT_CRASH_POINT("departures: memory released");
        note_ended(slot, client, Ending::clean);
        return true;
    });
}

}  // namespace chat
