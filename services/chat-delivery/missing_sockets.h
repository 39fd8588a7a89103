// The clients whose sockets this process lacks and requests from the acceptor: all of them after a start, single ones
// later.
#pragma once

#include "chat-delivery/acceptor_link.h"
#include "chat-delivery/outboxes.h"
#include "shared/memory/segment.h"

#include <cstdint>
#include <unordered_set>

namespace chat {

class MissingSockets {
  public:
    MissingSockets(const Segment& segment, const Outboxes& outboxes, AcceptorLink& link)
        : segment_(&segment), outboxes_(&outboxes), link_(&link) {}

    // Requests every missing socket: call for each new connection of the link.
    void ask();
    void ask(SlotId client);
    // The acceptor has sent the socket, or reported that it does not have it.
    void answered(SlotId client) { missing_.erase(client.slot); }
    // False until the first request to the acceptor, and while an answer is missing.
    [[nodiscard]] bool are_all_answered() const noexcept { return asked_ && missing_.empty(); }

  private:
    const Segment* segment_;
    const Outboxes* outboxes_;
    AcceptorLink* link_;
    bool asked_ = false;
    std::unordered_set<std::uint32_t> missing_;  // slots
};

}  // namespace chat
