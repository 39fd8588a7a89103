// Departed clients: first their last lines are written, then their memory is released.
#pragma once

#include "chat-delivery/outboxes.h"
#include "shared/memory/segment.h"
#include "shared/system/clock.h"

#include <deque>
#include <vector>

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
    // Releases the outboxes of clients whose unsent messages have been reported and marked in the log. Called by
    // end_finished() once a second.
    void release_closed();

  private:
    struct Departed {
        SlotId client;
        Microseconds until;  // steady time
    };

    // True once nobody needs the unsent lines of this client.
    [[nodiscard]] bool is_closed(SlotId client) const noexcept;

    const Segment* segment_;
    Outboxes* outboxes_;
    std::deque<Departed> departed_;
    std::vector<SlotId> unsent_;   // ended with something unsent; a few may be here twice after a restart
    Microseconds release_at_ = 0;  // steady time
};

}  // namespace chat
