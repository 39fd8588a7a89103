// What 0.1.0 had in place of ledgers: it found unsent messages in the lines that were still in an outbox. All that is
// known of those lines is here.
#pragma once

#include "shared/memory/segment.h"

namespace chat::lines_0_1 {

// Makes the ledger of each outbox in a segment whose other parts have been converted, which nobody uses yet. Throws
// std::system_error where there is no memory for one.
void add_ledgers(const Segment& segment);

}  // namespace chat::lines_0_1
