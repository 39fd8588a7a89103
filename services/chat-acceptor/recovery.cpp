// The one way to start: after a reboot, a restart, an upgrade or a crash. And the link, by which sockets come back.
#include "chat-acceptor/acceptor.h"
#include "shared/inherited_sockets.h"
#include "shared/journal.h"
#include "shared/stream_position.h"

#include <algorithm>
#include <unordered_map>

namespace chat {
namespace {

constexpr Microseconds announce_after = 1'000'000;

}  // namespace

void Acceptor::recover(std::vector<UniqueFd> stored_sockets) {
    const Position sessions_logged = segment_->words().sessions_logged.load();
    publisher_.redo([&](const Record& record, Position begin, Position /*end*/) {
        if (begin >= sessions_logged && SessionLog::concerns(record)) session_log_.add(begin);
        if (observer_) observer_(record, true);
    });

    tell_admins();

    std::unordered_map<std::uint64_t, UniqueFd> by_cookie;
    for (UniqueFd& fd : stored_sockets)
        if (const std::uint64_t cookie = socket_cookie(fd.get()); cookie != 0) by_cookie[cookie] = std::move(fd);
    for (std::uint32_t slot = 0; slot < connections_.slot_count(); ++slot) {
        const ClientRow& row = sessions_.row(slot);
        if (row.state == SlotState::unused) continue;
        const SlotId client{slot, row.generation};
        const auto found = by_cookie.find(row.cookie);
        if (row.state != SlotState::connected) {
            // Delivery may still need the socket of one who left; an entry without one waits for its end all the same.
            UniqueFd fd = found != by_cookie.end() ? std::move(found->second) : UniqueFd();
            if (!sessions_.is_free_slot(slot)) {
                connections_.add(client, std::move(fd), 0, false).left = true;
                ++leaving_;
            } else if (fd) {
                linger_.add(std::move(fd));
            }
        } else if (found != by_cookie.end()) {
            adopt(client, std::move(found->second));
        } else {
            missing_.push_back(client);
        }
        if (found != by_cookie.end()) by_cookie.erase(found);
    }
    const Microseconds now = wall_clock();
    for (const SlotId client : sessions_.everyone()) {
        const ClientRow& row = sessions_.row(client.slot);
        if (row.announced) continue;
        if (row.has_succeeded && publisher_.has_control_room()) {
            announce(client);  // before its next line: nobody hears of one who is not there
            continue;
        }
        const Microseconds waited = std::clamp<Microseconds>(now - row.connected_at, 0, announce_after);
        unannounced_.push_back({client, steady_clock() + announce_after - waited});
    }
    // A connection that was accepted, and no more: its client is as new as any. One that has been ended is not, and one
    // that was served belongs to a segment that is no more: its client has to come again.
    for (auto& [cookie, fd] : by_cookie) {
        if (!fd) continue;
        std::string peer = peer_of(fd.get());
        const bool untouched = written_position(fd.get()) == 0 && consumed_position(fd.get()) == 0;
        if (!is_open_for_writing(fd.get()))
            end_connection(std::move(fd));
        else if (untouched && publisher_.has_room())
            admit({std::move(fd), std::move(peer)});
        else
            turn_away({std::move(fd), std::move(peer)}, Refusal::forgotten);
    }
    link_.connect();
}

void Acceptor::adopt(SlotId client, UniqueFd fd) {
    const auto received = consumed_position(fd.get());
    Connection& connection = connections_.add(client, std::move(fd), received.value_or(0), received.has_value());
    if (!received) {
        // The connection is over: what is in the inbox beyond the lines already taken is not known.
        connection.stream_ended = true;
        connection.broken = true;
        connection.end_reason = LeaveReason::lost;
    }
    connection.active_at = steady_clock();
    wait_for_lines(connection);
}

void Acceptor::on_link_connected() {
    delivery_present_ = false;
    wake_manager();
    link_.send({LinkKind::hello, {}, static_cast<std::uint32_t>(last_record_kind), segment_->id()});
    for (const SlotId client : missing_) link_.send({LinkKind::want, client});
}

void Acceptor::wake_manager() {
    const Microseconds end = steady_clock() + std::chrono::microseconds(wake_manager_for).count();
    waking_ = loop_->every(wake_manager_interval, [this, end] {
        if (is_delivery_present() || steady_clock() > end)
            waking_.reset();
        else
            notify_status(status());
    });
}

void Acceptor::on_link_message(Link::Received& received) {
    const SlotId client = received.message.client;
    switch (received.message.kind) {
        case LinkKind::hello:
            publisher_.set_known_kinds(received.message.knows);
            delivery_present_ = true;
            return;
        case LinkKind::want:
            if (const Connection* connection = connections_.find(client); connection != nullptr && connection->fd)
                link_.send({LinkKind::attach, client, 0, sessions_.row(client.slot).cookie}, connection->fd.get());
            else
                link_.send({LinkKind::gone, client});
            return;
        case LinkKind::damaged:
            // One that is late is about the segment before this one.
            if (received.message.number != segment_->id()) return;
            throw DamagedSegment("chat-delivery finds the segment damaged");
        case LinkKind::transfers:
            look_after_files();
            publisher_.ring();
            return;
        case LinkKind::upload:
        case LinkKind::download:
            return;
        case LinkKind::attach:
        case LinkKind::gone:
            break;
    }
    if (std::erase(missing_, client) == 0) return;
    if (received.message.kind == LinkKind::attach && received.fd) {
        store_client_socket(received.fd.get());
        adopt(client, std::move(received.fd));
    } else if (publisher_.has_control_room()) {
        connections_.add(client, UniqueFd(), 0, false);  // its end is waited for like any other
        leave(client, LeaveReason::lost, true);
    } else {
        missing_.push_back(client);
    }
    publisher_.ring();
}

}  // namespace chat
