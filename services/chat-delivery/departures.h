// The clients that have left and whose last lines are still being written.
#pragma once

#include "chat-delivery/outboxes.h"
#include "shared/memory/segment.h"
#include "shared/system/clock.h"

#include <deque>

namespace chat {

class Departures {
  public:
    Departures(const Segment& segment, Outboxes& outboxes) : segment_(&segment), outboxes_(&outboxes) {}

    // At the start: those that the process before was still writing to.
    void recover();
    // Once the acceptor is there: when this process began, the row of a client that had left may not have said so,
    // because the acceptor had still to redo it.
    void look_again();
    void add(SlotId client);
    // Ends the writing to those that have everything, those that can get no more, and those that took too long.
    void end_those_written();

  private:
    struct Departed {
        SlotId client;
        Microseconds until;  // steady time
    };

    const Segment* segment_;
    Outboxes* outboxes_;
    std::deque<Departed> departed_;
};

}  // namespace chat
