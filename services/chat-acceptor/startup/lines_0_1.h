// What 0.1.0 had instead of ledgers and of beginnings: it found unsent messages in the lines that were still in an
// outbox. Everything known about those lines is here.
#pragma once

#include "shared/memory/segment.h"

namespace chat::lines_0_1 {

// Makes the ledger of each outbox in a segment whose other parts have been converted, and which nobody uses yet. Throws
// std::system_error if there is no memory for one.
void add_ledgers(const Segment& segment);
// 0.1.0 had no history: rooms and memberships begin now, so that nothing earlier is ever shown.
void begin_history(const Segment& segment) noexcept;

}  // namespace chat::lines_0_1
