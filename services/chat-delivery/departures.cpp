// Found in the rows of clients whose departure has been fanned out, or added by the departure record.
#include "chat-delivery/departures.h"

namespace chat {
namespace {

constexpr Microseconds departure_timeout = 10'000'000;

bool has_left(const ClientRow& row, Position head) noexcept {
    return row.state == SlotState::departed && row.leaving_end <= head;
}

}  // namespace

void Departures::recover() {
    const Position head = segment_->words().head.load(std::memory_order_relaxed);
    const auto slots = segment_->slots();
    for (std::uint32_t number = 0; number < slots.size(); ++number)
        if (const ClientRow row = copy_row(slots[number]); has_left(row, head)) add({number, row.generation});
}

void Departures::find_missed() {
    const Position head = segment_->words().head.load(std::memory_order_relaxed);
    const auto slots = segment_->slots();
    for (std::uint32_t number = 0; number < slots.size(); ++number) {
        const ClientRow row = copy_row(slots[number]);
        const SlotId client{number, row.generation};
        if (has_left(row, head) && !outboxes_->is_ended(client)) add(client);
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
        return true;
    });
}

}  // namespace chat
