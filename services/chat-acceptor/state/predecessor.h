// A client that has left while something was held in its name: groups that it made, files on their way. It still counts
// against the quotas of the next client from the same host, which would otherwise get full quotas by reconnecting.
#pragma once

#include "shared/memory/client_table.h"

#include <cstdint>
#include <vector>

namespace chat {

struct Predecessor {
    SlotId client;
    std::uint64_t session = 0;
    friend bool operator==(Predecessor, Predecessor) = default;
};
// Of one client: itself not included.
using Predecessors = std::vector<Predecessor>;

}  // namespace chat
