// Sends the last lines to clients, then writes the rows that nobody else will write.
#include "chat-delivery/end_of_service.h"

#include "chat-delivery/dialects/dialect.h"
#include "chat-delivery/unsent.h"
#include "shared/log/database.h"
#include "shared/system/clock.h"
#include "shared/system/discard_input.h"

#include <sys/socket.h>

#include <chrono>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

namespace chat {
namespace {

constexpr std::chrono::milliseconds longest_parting{500};
constexpr std::chrono::milliseconds parting_step{5};

// What the peers still send is discarded until they close, for a moment.
void see_off(std::vector<UniqueFd> connections) {
    const auto until = std::chrono::steady_clock::now() + longest_parting;
    for (;;) {
        std::erase_if(connections, [](const UniqueFd& fd) { return discard_input(fd.get()) == Discarding::ended; });
        if (connections.empty() || std::chrono::steady_clock::now() >= until) break;
        std::this_thread::sleep_for(parting_step);
    }
    // Also for other processes that hold them.
    for (const UniqueFd& fd : connections) ::shutdown(fd.get(), SHUT_RDWR);
}

struct Disconnected {
    std::vector<Leftovers> leftovers;  // of their outboxes: no further record will report them
    std::vector<UniqueFd> connections;
};

Disconnected disconnect_clients(const Segment& segment, Outboxes& outboxes) {
    Disconnected clients;
    const auto slots = segment.slots();
    for (std::uint32_t number = 0; number < slots.size(); ++number) {
        const ClientRow row = copy_row(slots[number]);
        const SlotId client{number, row.generation};
        const bool served = row.state == SlotState::connected || row.state == SlotState::departed;
        if (served && committed_end(slots[number]).generation == row.generation)
            clients.leftovers.push_back(
                {row.session, {row.kept_account, row.kept_upto, row.kept_since}, unsent_messages(segment, number)});
        if (row.state == SlotState::connected)
            clients.connections.push_back(outboxes.send_farewell(
                client, writer_of(dialect_id(row.dialect))
                            .farewell(row.client_id, row.is_unregistered == 0 ? row.name_view() : "*")));
        else if (row.state == SlotState::departed)
            outboxes.end(client);
    }
    return clients;
}

// Returns whether everything is written.
bool record_end(const Segment& segment, MessageLog& log, std::vector<Leftovers> leftovers,
                const std::string& state_directory) {
    const bool discarded = log.settle(std::move(leftovers));
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

}  // namespace

bool end_all_clients(const Segment& segment, Outboxes& outboxes, MessageLog& log, const std::string& state_directory) {
    Disconnected clients = disconnect_clients(segment, outboxes);
    const bool is_recorded = record_end(segment, log, std::move(clients.leftovers), state_directory);
    see_off(std::move(clients.connections));
    return is_recorded;
}

}  // namespace chat
