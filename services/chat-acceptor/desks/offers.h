// The desk for what clients are offered: they are told when it has changed, because the settings have, or the program.
#pragma once

#include "chat-acceptor/floor.h"

#include <cstdint>

namespace chat {

class Offers {
  public:
    explicit Offers(Floor& floor) : floor_(&floor) {}

    // Looks at every client, now or at the next tick.
    void check() {
        next_slot_ = 0;
        tick();
    }
    void tick();
    [[nodiscard]] bool is_ticking() const noexcept { return next_slot_ < floor_->connections.slot_count(); }

  private:
    Floor* floor_;
    std::uint32_t next_slot_ = 0;  // to be looked at
};

}  // namespace chat
