// How much memory the server can need with the settings it runs with, and how much the service manager allows.
#pragma once

#include "shared/memory/segment.h"

#include <cstdint>
#include <optional>
#include <string>

namespace chat {

// In bytes, both daemons together: shared memory if all clients of all slots leave all their output unread, and an
// estimate, from above, of everything else.
[[nodiscard]] std::uint64_t memory_bound(const Segment& segment);

// The limit on this process's control group, or on one that contains it (memory.max of cgroups(7)), in bytes; empty if
// there is none. Shared memory counts for the daemon that touched it first. `root` is for tests: where /proc and /sys
// are.
[[nodiscard]] std::optional<std::uint64_t> memory_limit(const std::string& root = {});

// A sentence for the journal if the limit is below the bound; otherwise empty.
[[nodiscard]] std::string memory_warning(const Segment& segment, std::optional<std::uint64_t> limit = memory_limit());

}  // namespace chat
