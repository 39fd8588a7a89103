// Matching rows with sockets, and the messages of the link.
#include "chat-acceptor/desks/recovery.h"

#include "shared/system/inherited_sockets.h"
#include "shared/system/stream_position.h"

#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>

namespace chat {

void Recovery::recover(std::vector<StoredSocket> stored_sockets) {
    redo_records();
    for (std::uint32_t slot = 0; slot < floor_->connections.slot_count(); ++slot) {
        const ClientRow& row = floor_->tables.sessions.row(slot);
        if (row.state != SlotState::connected) continue;
        if (const auto address = Address::of_peer(row.peer_view())) floor_->addresses.add(*address);
    }
    floor_->announce_group_admins();
    floor_->appoint_room_operators();
    floor_->tell_watchers();

    std::unordered_map<std::uint64_t, StoredSocket> by_cookie;
    for (StoredSocket& socket : stored_sockets)
        if (const std::uint64_t cookie = socket_cookie(socket.fd.get()); cookie != 0)
            by_cookie[cookie] = std::move(socket);
    for (std::uint32_t slot = 0; slot < floor_->connections.slot_count(); ++slot) {
        const ClientRow& row = floor_->tables.sessions.row(slot);
        if (row.state == SlotState::unused) continue;
        const auto found = by_cookie.find(row.cookie);
        restore(slot, found != by_cookie.end() ? std::move(found->second.fd) : UniqueFd());
        if (found != by_cookie.end()) by_cookie.erase(found);
    }
    restore_announcements();
    for (auto& [cookie, socket] : by_cookie)
        if (socket.fd) admit_or_refuse(std::move(socket));
    floor_->link.connect();
}

void Recovery::redo_records() {
    const Position sessions_logged = floor_->segment.words().sessions_logged.load();
    floor_->publisher.redo([&](const Record& record, Position begin, Position /*end*/) {
        if (begin >= sessions_logged && SessionLog::concerns(record)) floor_->session_log.add(begin);
        if (floor_->observer) floor_->observer(record, true);
    });
}

void Recovery::restore(std::uint32_t slot, UniqueFd fd) {
    const ClientRow& row = floor_->tables.sessions.row(slot);
    const SlotId client{slot, row.generation};
    if (row.state == SlotState::connected) {
        if (fd)
            adopt(client, std::move(fd));
        else
            floor_->connections.add_missing(client);
    } else if (!floor_->tables.sessions.is_free_slot(slot)) {
        // Delivery may still need the socket of a client that left; an entry without a socket still waits for its end.
        floor_->connections.add_left(client, std::move(fd));
    } else if (fd) {
        floor_->linger.add(std::move(fd));
    }
}

void Recovery::restore_announcements() {
    const Microseconds now = wall_clock();
    for (const SlotId client : connected_clients(floor_->segment.slots())) {
        const ClientRow& row = floor_->tables.sessions.row(client.slot);
        newcomers_->watch_for_success(client, now - row.connected_at);
        if (row.announced || row.is_quiet || row.is_unregistered != 0) continue;
        // A client that has had a successful command is announced before its next line.
        if (row.has_succeeded && floor_->publisher.has_control_room())
            newcomers_->announce(client);
        else
            newcomers_->announce_later(client, now - row.connected_at);
    }
}

// A connection that was accepted but not admitted yet becomes a new client. One that has been ended does not, and one
// that was served belongs to a segment that is gone: its client has to reconnect.
void Recovery::admit_or_refuse(StoredSocket socket) {
    const int fd = socket.fd.get();
    const bool fit = prepare_connection(fd);
    const bool untouched = written_position(fd) == 0 && consumed_position(fd) == 0;
    if (!is_open_for_writing(fd)) return end_connection(std::move(socket.fd));
    const std::string peer = peer_of(fd);
    Newcomer newcomer{.fd = std::move(socket.fd),
                      .peer = peer,
                      .address = Address::of_peer(peer),
                      .dialect = socket.role.dialect,
                      .fit = fit,
                      .is_proxied = socket.role.is_proxied,
                      .is_stored = true};
    if (untouched && newcomer.is_proxied)
        newcomers_->await_header(std::move(newcomer));
    else if (untouched && floor_->publisher.has_room())
        newcomers_->admit(std::move(newcomer));
    else
        newcomers_->refuse(std::move(newcomer), Refusal::forgotten);
}

void Recovery::adopt(SlotId client, UniqueFd fd) {
    complete_options(fd.get());  // an earlier release may have accepted it without them
    auto received = consumed_position(fd.get());
    // Its first record says how long its header is; it may be unread.
    const std::uint64_t parsed = floor_->segment.slots()[client.slot].parsed.load(std::memory_order_relaxed) >> 1U;
    if (received == 0 && parsed > 0) received = discard_header(fd.get(), parsed) ? std::optional(parsed) : std::nullopt;
    // If the connection is over, it is not known what the inbox holds beyond the lines already processed.
    Connection& connection = received ? floor_->connections.add(client, std::move(fd), *received)
                                      : floor_->connections.add_broken(client, std::move(fd), LeaveReason::lost);
    connection.active_at = steady_clock();
    connection.may_have_asked = connection.inbox.has_unread();
    // Lists of an earlier process may still be on their way to its outbox.
    connection.lists_end = floor_->publisher.tail();
    connection.list_debt = static_cast<std::size_t>(floor_->segment.sizes().outbox);
    turns_->wait(connection);
}

void Recovery::on_link_connected() {
    floor_->delivery_said_hello = false;
    wake_manager();
    floor_->link.send({LinkKind::hello, {}, static_cast<std::uint32_t>(last_record_kind), floor_->segment.id()});
    for (std::uint32_t slot = 0; slot < floor_->connections.slot_count(); ++slot) {
        const Connection* connection = floor_->connections.at(slot);
        if (connection != nullptr && connection->stage == Connection::Stage::missing)
            floor_->link.send({LinkKind::want, connection->client});
    }
}

void Recovery::wake_manager() {
    const Microseconds end = steady_clock() + std::chrono::microseconds(wake_manager_for).count();
    waking_ = loop_->every(wake_manager_interval, [this, end] {
        if (floor_->is_delivery_present() || steady_clock() > end)
            waking_.reset();
        else
            notify_manager_();
    });
}

void Recovery::on_link_message(Link::Received& received) {
    const SlotId client = received.message.client;
    switch (received.message.kind) {
        case LinkKind::hello:
            floor_->publisher.set_known_kinds(received.message.knows);
            floor_->delivery_said_hello = true;
            return;
        case LinkKind::want:
            if (const Connection* connection = floor_->connections.find(client);
                connection != nullptr && connection->fd)
                floor_->link.send({LinkKind::attach, client, 0, floor_->tables.sessions.row(client.slot).cookie},
                                  connection->fd.get());
            else
                floor_->link.send({LinkKind::gone, client});
            return;
        case LinkKind::damaged:
            // A late message is about the previous segment.
            if (received.message.number != floor_->segment.id()) return;
            throw DamagedSegment("chat-delivery reports that the segment is damaged");
        case LinkKind::transfers:
            transfers_->advance();
            floor_->publisher.ring();
            return;
        case LinkKind::attach:
        case LinkKind::gone:
            restore_from_delivery(client, received);
            return;
        case LinkKind::upload:
        case LinkKind::download:
            return;
    }
}

// An operator may have disconnected the client while its socket was missing: then it is no longer read, and its
// departure is not published again. The socket is kept for a proper end of the stream.
void Recovery::restore_from_delivery(SlotId client, Link::Received& received) {
    Connection* connection = floor_->connections.find(client);
    if (connection == nullptr) return;
    if (connection->stage == Connection::Stage::left && !connection->fd) connection->fd = std::move(received.fd);
    if (connection->stage != Connection::Stage::missing) return;
    if (received.message.kind == LinkKind::attach && received.fd) {
        floor_->store_client_socket(received.fd.get(), connection->dialect, false);
        adopt(client, std::move(received.fd));
    } else {
        turns_->wait(floor_->connections.add_broken(client, UniqueFd(), LeaveReason::lost));
    }
}

}  // namespace chat
