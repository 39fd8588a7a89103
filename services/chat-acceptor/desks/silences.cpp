// One look at each client.
#include "chat-acceptor/desks/silences.h"

#include "chat-acceptor/dialects/dialect.h"

#include <sys/ioctl.h>

namespace chat {
namespace {

// It has sent something that has not been read yet.
bool has_unread_bytes(int fd) noexcept {
    int count = 0;
    return ::ioctl(fd, FIONREAD, &count) == 0 && count > 0;
}

}  // namespace

void Silences::check() {
    const Microseconds now = steady_clock();
    for (std::uint32_t slot = 0; slot < floor_->connections.slot_count(); ++slot) {
        Connection* connection = floor_->connections.at(slot);
        if (connection == nullptr || reader_of(connection->dialect).probe == nullptr) continue;
        if (!floor_->publisher.has_control_room()) break;
        check(*connection, now);
    }
    floor_->publisher.ring();
}

// One that is not being read now is not silent.
void Silences::check(Connection& connection, Microseconds now) {
    if (connection.stage != Connection::Stage::open || connection.input != Connection::Input::open) return;
    const ClientRow& row = floor_->tables.sessions.row(connection.client.slot);
    if (row.is_unregistered != 0) return;
    const bool is_asked = connection.probed_at > connection.active_at;
    const Microseconds since = is_asked ? connection.probed_at : connection.active_at;
    if (now - since < (is_asked ? time_to_answer : longest_silence) || has_unread_bytes(connection.fd.get())) return;
    if (is_asked) return departures_->leave(connection.client, LeaveReason::timeout, false);
    connection.probed_at = now;
    const Draft draft =
        reader_of(connection.dialect).probe({&floor_->act_context, {connection.client, &row, wall_clock()}});
    floor_->publish(floor_->about(connection.client, draft.record()));
}

}  // namespace chat
