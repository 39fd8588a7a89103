// Departed clients whose last lines are still being written.
#pragma once

#include "chat-delivery/outboxes.h"
#include "shared/memory/segment.h"
#include "shared/system/clock.h"

#include <deque>

namespace chat {

class Departures {
  public:
    Departures(const Segment& segment, Outboxes& outboxes) : segment_(&segment), outboxes_(&outboxes) {}

    // At startup: finds the clients to which the previous process was still writing.
    void recover();
    // Once the acceptor has connected: at startup, the row of a departed client may not have said so yet, because the
    // acceptor still had to redo it.
    void find_missed();
    void add(SlotId client);
    // Ends writing to clients that have everything, that can get nothing more, or that took too long.
    void end_finished();

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
