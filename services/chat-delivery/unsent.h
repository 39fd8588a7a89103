// What a departed client never got: the direct messages among the complete lines in the unsent part of its outbox.
#pragma once

#include "shared/segment.h"

#include <cstdint>
#include <vector>

namespace chat {

struct UnsentMessage {
    std::uint64_t id;
    std::uint32_t from;  // client id of the sender
};

// For an outbox that is not written any more.
[[nodiscard]] std::vector<UnsentMessage> unsent_messages(const Segment& segment, std::uint32_t slot);

}  // namespace chat
