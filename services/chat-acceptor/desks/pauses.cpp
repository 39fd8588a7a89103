// Pausing, and the end of it.
#include "chat-acceptor/desks/pauses.h"

#include <string>
#include <utility>

namespace chat {
namespace {

constexpr Microseconds note_pause = 1'000'000;  // how often a client that is too fast is logged

}  // namespace

void Pauses::count_excess(Connection& connection, int lines, Microseconds now) {
    const auto pause = connection.pace.count(lines, now);
    if (!pause || connection.stage != Connection::Stage::open) return;
    connection.resume_at = *pause;
    floor_->connections.pause(connection);
    paused_.push_back(connection.client);
}

Draft Pauses::refuse_too_fast(Connection& connection, Microseconds now) {
    count_excess(connection, 1, now);
    Draft draft =
        Draft::refusal(ErrorCode::too_fast, "Too fast: at most " + std::to_string(floor_->config.lines_per_second) +
                                                " lines a second; this line was ignored");
    if ((connection.noted_fast_at == 0 || now - connection.noted_fast_at > note_pause) && floor_->may_note(now)) {
        draft.note();
        connection.noted_fast_at = now;
    }
    return draft;
}

std::vector<SlotId> Pauses::take_resumed() {
    std::vector<SlotId> resumed;
    const Microseconds now = steady_clock();
    for (const SlotId client : std::exchange(paused_, {})) {
        Connection* connection = floor_->connections.find(client);
        if (connection == nullptr || connection->stage != Connection::Stage::paused) continue;
        if (connection->resume_at > now) {
            paused_.push_back(client);
            continue;
        }
        floor_->connections.resume(*connection);
        resumed.push_back(client);
    }
    return resumed;
}

}  // namespace chat
