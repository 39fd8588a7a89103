// The start of the acceptor: its segment. The rest of the start-up is at the desk of that name (desks/recovery).
#pragma once

#include "shared/daemon.h"
#include "shared/segment.h"

namespace chat {

// Opens the segment of this instance, or sets an unfit one aside and creates a new one. Throws SetupError where another
// acceptor has it, where the database cannot be written, or where an unfit segment is not this user's.
[[nodiscard]] Segment open_or_create_segment(const DaemonOptions& options);

// Puts a segment that is damaged or unfit out of the way, and says so in the journal. Throws SetupError where it
// cannot.
void set_segment_aside(const DaemonOptions& options, const std::string& problem);

}  // namespace chat
