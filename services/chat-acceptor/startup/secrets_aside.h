// Secrets in a segment that is kept aside for inspection: passwords that clients had sent and that were not used yet.
#pragma once

#include "shared/memory/shared_memory.h"

namespace chat {

// Overwrites them. If the segment's directory can still be read, nothing is left of the inboxes; otherwise every line
// that looks like a command with a secret is overwritten.
void wipe_secrets(const SharedMemory& segment) noexcept;

}  // namespace chat
