// The end of the service: the last daemon to stop notifies the clients, disconnects them, and closes the log.
#pragma once

#include "chat-delivery/log/message_log.h"
#include "chat-delivery/outboxes.h"
#include "shared/memory/segment.h"

#include <string>

namespace chat {

// Call once everything is fanned out and the acceptor has gone for good. True: nobody is connected any more and
// everything is written, so the segment can be removed. Waits for the log, like MessageLog::flush().
[[nodiscard]] bool end_all_clients(const Segment& segment, Outboxes& outboxes, MessageLog& log,
                                   const std::string& state_directory);

}  // namespace chat
