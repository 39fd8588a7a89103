// Sends the last lines to clients, then writes the rows that nobody else will write.
#include "chat-delivery/end_of_service.h"

#include "chat-delivery/dialects/dialect.h"
#include "chat-delivery/unsent.h"
#include "shared/log/database.h"
#include "shared/system/clock.h"

#include <limits>
#include <vector>

namespace chat {
namespace {

// Returns the messages discarded with their outboxes: no further record will report them.
std::vector<Discarded> disconnect_clients(const Segment& segment, Outboxes& outboxes) {
    std::vector<Discarded> unsent;
    const auto slots = segment.slots();
    for (std::uint32_t number = 0; number < slots.size(); ++number) {
        const ClientRow row = copy_row(slots[number]);
        const SlotId client{number, row.generation};
        const bool served = row.state == SlotState::connected || row.state == SlotState::departed;
        if (served && committed_end(slots[number]).generation == row.generation)
            for (const UnsentMessage& message : unsent_messages(segment, number))
                unsent.push_back({message.id, message.to_group ? row.session : 0});
        if (row.state == SlotState::connected)
            outboxes.send_farewell(client, writer_of(dialect_id(row.dialect)).farewell(row.client_id, row.name_view()));
        else if (row.state == SlotState::departed)
            outboxes.end(client);
    }
    return unsent;
}

}  // namespace

bool end_all_clients(const Segment& segment, Outboxes& outboxes, MessageLog& log, const std::string& state_directory) {
    const bool discarded = log.discard(disconnect_clients(segment, outboxes));
    const QueueWords& words = segment.words();
    if (!discarded || words.checkpoint.load() != words.tail.load() || words.sessions_logged.load() != words.tail.load())
        return false;
    if (!segment.claim_acceptor()) return true;
    try {
        // The acceptor's table has no other writer now, and gets none while this process holds the role. The log thread
        // has written everything.
        Database database(state_directory);
        const Microseconds now = wall_clock();
        database.end_open_sessions(now);
        database.end_open_files(now, std::numeric_limits<std::int64_t>::max());
    } catch (const DatabaseError&) {
        // The next start ends them, with a less exact time.
    }
    return true;
}

}  // namespace chat
