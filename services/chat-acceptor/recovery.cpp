// The one way to start: after a reboot, a restart, an upgrade or a crash. And the link, by which sockets come back.
#include "chat-acceptor/recovery.h"

#include "chat-acceptor/acceptor.h"
#include "shared/inherited_sockets.h"
#include "shared/journal.h"
#include "shared/stream_position.h"

#include <algorithm>
#include <unordered_map>

namespace chat {
namespace {

constexpr std::size_t page = 4096;

std::uint64_t whole_pages(std::int64_t bytes) noexcept {
    return (static_cast<std::uint64_t>(bytes) + page - 1) / page * page;
}

// Slots beside those of the connected, for clients that left and are still being written to or logged.
SegmentSizes sizes_for(const Config& config) noexcept {
    constexpr std::int64_t spare = 1024;
    SegmentSizes sizes{};
    sizes.slots = static_cast<std::uint32_t>(config.max_clients + config.max_clients / 4 + spare);
    sizes.max_line = static_cast<std::uint32_t>(config.max_line);
    sizes.inbox = whole_pages(std::max<std::int64_t>(8 * config.max_line, 32'768));
    // With very many clients, the list of them all is longer than what is held for one that does not read.
    const auto list = config.max_clients * static_cast<std::int64_t>(largest_client_line) + 4096;
    sizes.outbox = whole_pages(std::max(config.outbox_kib * 1024, list));
    sizes.queue = whole_pages(config.queue_mib * 1024 * 1024);
    sizes.rooms = static_cast<std::uint32_t>(1 + config.max_rooms);
    sizes.memberships = static_cast<std::uint32_t>(1 + config.max_rooms_per_client);
    sizes.groups = static_cast<std::uint32_t>(config.max_groups);
    sizes.members = static_cast<std::uint32_t>(config.max_group_members);
    sizes.transfers = static_cast<std::uint64_t>(config.max_transfers);
    return sizes;
}

bool is_idle(const Segment& segment) {
    const QueueWords& words = segment.words();
    const Position tail = words.tail.load();
    const auto slots = segment.slots();
    return words.checkpoint.load() == tail && words.head.load() == tail && words.logged.load() == tail &&
           words.sessions_logged.load() == tail && std::none_of(slots.begin(), slots.end(), [](const Slot& slot) {
               return valid_row(slot).state == SlotState::connected;
           });
}

Segment create_segment(const DaemonOptions& options) {
    try {
        Database database(options.state_directory);
        database.end_open_sessions(0);  // of an earlier run of the machine
        const auto first = static_cast<std::uint64_t>(database.highest_number()) + 1;
        return Segment::create(options.instance, sizes_for(options.config), first);
    } catch (const DatabaseError& error) {
        throw SetupError(error.what());
    } catch (const std::system_error& error) {
        throw SetupError(error.what());
    }
}

}  // namespace

void set_segment_aside(const DaemonOptions& options, const std::string& problem) {
    const std::string name = Segment::object_name(options.instance);
    journal(Priority::warning, "segment-set-aside", "Shared memory " + name + " is set aside: " + problem);
    try {
        set_aside(name);
    } catch (const std::system_error& error) {
        throw SetupError(error.what());
    }
}

Segment open_or_create_segment(const DaemonOptions& options) {
    std::string problem;
    auto segment = Segment::open(options.instance, problem);
    if (segment && !segment->claim_acceptor())
        throw SetupError("another chat-acceptor serves the instance " + options.instance + " already");
    if (segment && segment->sizes() != sizes_for(options.config)) {
        if (!is_idle(*segment)) {
            journal(Priority::notice, "sizes-kept", "New limits on sizes wait until no client is connected");
            return std::move(*segment);
        }
        problem = "its sizes are those of other settings";
        segment.reset();
    }
    if (segment) return std::move(*segment);
    if (!problem.empty()) set_segment_aside(options, problem);
    Segment created = create_segment(options);
    if (!created.claim_acceptor())
        throw SetupError("another chat-acceptor serves the instance " + options.instance + " already");
    return created;
}

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
    link_.send({LinkKind::hello, {}, 0, segment_->id()});
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
