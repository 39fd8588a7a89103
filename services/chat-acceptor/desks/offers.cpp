// One record for each client that has to be told.
#include "chat-acceptor/desks/offers.h"

#include "chat-acceptor/dialects/dialect.h"

namespace chat {

void Offers::tick() {
    for (; is_ticking(); ++next_slot_) {
        const Connection* connection = floor_->connections.at(next_slot_);
        if (connection == nullptr || !is_client_here(floor_->segment, connection->client)) continue;
        const Asker asker{connection->client, &floor_->tables.sessions.row(next_slot_), wall_clock()};
        const auto draft = reader_of(connection->dialect).offer({&floor_->act_context, asker});
        if (!draft) continue;
        if (!floor_->publisher.has_control_room() || !floor_->publisher.may_publish(draft->kind())) return;
        floor_->publish(floor_->about(connection->client, draft->record()));
    }
    floor_->publisher.ring();
}

}  // namespace chat
