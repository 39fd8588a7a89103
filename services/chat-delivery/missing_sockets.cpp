// The sockets themselves go from the link to Outboxes; this only tracks which ones are missing.
#include "chat-delivery/missing_sockets.h"

namespace chat {

void MissingSockets::ask() {
    missing_.clear();
    asked_ = true;
    const auto slots = segment_->slots();
    for (std::uint32_t number = 0; number < slots.size(); ++number) {
        const ClientRow row = copy_row(slots[number]);
        const SlotId client{number, row.generation};
        const bool served = row.state == SlotState::connected || row.state == SlotState::departed;
        if (served && !outboxes_->is_attached(client) && !outboxes_->is_ended(client)) ask(client);
    }
}

void MissingSockets::ask(SlotId client) {
    missing_.insert(client.slot);
    link_->want(client);
}

}  // namespace chat
