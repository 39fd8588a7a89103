// What a departed client never received: messages to it alone or to a group, of whose lines no byte left its outbox.
#pragma once

#include "shared/memory/segment.h"

#include <cstdint>
#include <vector>

namespace chat {

struct UnsentMessage {
    std::uint64_t id;
    std::uint32_t from;     // client id of the sender
    bool to_group = false;  // otherwise to this client alone
};

// For an outbox that is no longer written.
[[nodiscard]] std::vector<UnsentMessage> unsent_messages(const Segment& segment, std::uint32_t slot);

}  // namespace chat
