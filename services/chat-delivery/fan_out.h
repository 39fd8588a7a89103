// From a record to the outboxes of everyone it concerns: first the receivers, then the sender. A fan-out that a crash
// cut short is done again from the start; whoever has the lines already is passed over.
#pragma once

#include "chat-delivery/outboxes.h"
#include "chat-delivery/render.h"
#include "shared/record.h"
#include "shared/segment.h"

#include <string>

namespace chat {

class FanOut {
  public:
    FanOut(const Segment& segment, Outboxes& outboxes) : segment_(&segment), outboxes_(&outboxes) {}

    void deliver(const Record& record);

  private:
    [[nodiscard]] Outcome deliver_to_receivers(const Record& record);
    void offer_file(const Record& record);
    void tell_senders_of_unsent(const Record& record);

    const Segment* segment_;
    Outboxes* outboxes_;
    std::string lines_;
};

}  // namespace chat
