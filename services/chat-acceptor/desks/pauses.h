// Clients that far exceed their rate: they are neither read nor processed for a moment.
#pragma once

#include "chat-acceptor/acts/draft.h"
#include "chat-acceptor/floor.h"
#include "shared/system/clock.h"

#include <vector>

namespace chat {

class Pauses {
  public:
    explicit Pauses(Floor& floor) : floor_(&floor) {}

    // Lines beyond its rate; the connection may be paused then. `now`: steady time.
    void count_excess(Connection& connection, int lines, Microseconds now);
    // The same for one line, with the answer to it.
    [[nodiscard]] Draft refuse_too_fast(Connection& connection, Microseconds now);
    // Those whose pause is over. Their connections are open again.
    [[nodiscard]] std::vector<SlotId> take_resumed();
    [[nodiscard]] bool empty() const noexcept { return paused_.empty(); }

  private:
    Floor* floor_;
    std::vector<SlotId> paused_;
};

}  // namespace chat
