// The desk for clients that leave: the record of the departure, and the end of the connection once delivery has written
// what was left.
#pragma once

#include "chat-acceptor/floor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

class Departures {
  public:
    explicit Departures(Floor& floor) : floor_(&floor) {}

    // Publishes the departure of a connected client; there must be room for a control record. `broken`: nothing can be
    // written to it any more. If delivery has given up the connection, delivery's reason counts.
    void leave(SlotId client, LeaveReason reason, bool broken);
    // Likewise for one that is removed; `by`: by whom, for the journal. `operator_uid`: of a local user.
    void kick(SlotId client, std::string_view reason, const std::string& by,
              std::optional<std::uint32_t> operator_uid = {});
    // What follows a departure record, whoever published it.
    void after_departure(SlotId client);
    // Gives up the connection of a slot that is about to be reused.
    void finish(Connection& connection);

    void tick();
    [[nodiscard]] bool is_ticking() const noexcept {
        return floor_->connections.left_count() > 0 || !floor_->linger.empty() || !floor_->linger_strangers.empty();
    }

  private:
    void finish_ended();
    [[nodiscard]] Predecessors predecessors_of_next(Connection* connection, Predecessor client) const;

    Floor* floor_;
};

}  // namespace chat
