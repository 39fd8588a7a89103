// The order in which the desks take turns, and the overall status.
#include "chat-acceptor/acceptor.h"

#include "shared/system/clock.h"
#include "shared/system/journal.h"

#include <utility>

namespace chat {

Acceptor::Acceptor(const DaemonOptions& options, const Segment& segment, EventLoop& loop)
    : floor_(options, segment, loop),
      departures_(floor_),
      newcomers_(floor_, departures_),
      transfers_(floor_),
      turns_(floor_, departures_, newcomers_, transfers_),
      operators_(floor_, departures_),
      ban_acts_(floor_, operators_),
      offers_(floor_),
      silences_(floor_, departures_),
      recovery_(floor_, loop, newcomers_, transfers_, turns_, [this] { notify_status(status()); }) {
    floor_.on_link_message = [this](Link::Received& received) { recovery_.on_link_message(received); };
    floor_.on_link_connected = [this] { recovery_.on_link_connected(); };
}

void Acceptor::recover(std::vector<StoredSocket> stored_sockets) {
    const Microseconds begin = steady_clock();
    recovery_.recover(std::move(stored_sockets));
    recovery_time_ = steady_clock() - begin;
}

void Acceptor::accept_connections(int listener, SocketRole role) {
    newcomers_.accept_connections(listener, role);
    turns_.read_clients();  // early input is answered together with the welcome, in one packet
}

void Acceptor::serve_headers() {
    newcomers_.serve_headers();
    turns_.read_clients();
}

bool Acceptor::is_ticking() const noexcept {
    return is_blocked() || !is_accepting() || floor_.tables.groups.find_with_new_admin() ||
           floor_.tables.rooms.find_without_operator() || floor_.tables.watches.may_have_news() ||
           newcomers_.is_ticking() || ban_acts_.is_ticking() || departures_.is_ticking() || transfers_.is_ticking() ||
           turns_.has_asking() || !floor_.link.is_connected() || floor_.accounts_unchecked || offers_.is_ticking();
}

void Acceptor::tick() {
    floor_.catch_up_with_log();
    floor_.link.connect();
    floor_.announce_group_admins();
    floor_.appoint_room_operators();
    floor_.tell_watchers();
    ban_acts_.tick();
    newcomers_.tick();
    if (floor_.accounts_unchecked) floor_.check_accounts();
    departures_.tick();
    transfers_.tick();
    if (offers_.is_ticking()) offers_.tick();
    floor_.pressure.tick();
    turns_.tick();
    if (floor_.pressure.is_refusing())
        floor_.pressure.explain("queue-full",
                                "the queue is full, because " + floor_.publisher.holder() + "; newcomers are refused");
    floor_.publisher.ring();
}

void Acceptor::release_idle_memory() {
    if (!floor_.segment.has_full_size()) throw DamagedSegment("it was shortened while it was in use");
    if (floor_.session_log.has_found_damage()) throw DamagedSegment("the log found shared memory damaged");
    // A delivery that has it mapped can continue; a new one could never open it.
    if (!is_delivery_present() && !floor_.segment.has_name())
        throw DamagedSegment("it was removed while it was in use");
    floor_.catch_up_with_log();
    ban_acts_.expire();
    turns_.release_idle_memory();
    newcomers_.end_guests();
    newcomers_.end_unregistered();
    silences_.check();
}

void Acceptor::stop() {
    if (!is_delivery_present()) {
        for (const SlotId client : connected_clients(segment().slots()))
            if (floor_.publisher.has_control_room()) departures_.leave(client, LeaveReason::shutdown, true);
        for (std::uint32_t slot = 0; slot < floor_.connections.slot_count(); ++slot)
            end_connection(floor_.connections.remove(slot));
    }
    if (!floor_.session_log.flush()) journal(Priority::warning, "database-trouble", floor_.session_log.trouble());
    floor_.catch_up_with_log();
}

std::vector<std::string> Acceptor::troubles() {
    std::vector<std::string> all;
    if (auto trouble = floor_.pressure.trouble()) all.push_back(std::move(*trouble));
    if (!is_delivery_present()) all.emplace_back("chat-delivery is not connected");
    if (const std::string trouble = floor_.session_log.trouble(); !trouble.empty()) all.push_back("log: " + trouble);
    if (!floor_.bans.trouble().empty()) all.push_back(floor_.bans.trouble());
    return all;
}

void Acceptor::reconfigure(const Config& config) {
    floor_.config = config;
    floor_.addresses.configure(config);
    floor_.session_log.reconfigure(config);
    offers_.check();
    if (std::cmp_greater(config.max_clients, segment().sizes().slots))
        journal(Priority::notice, "sizes-kept",
                "Until a restart without clients there is memory for " + std::to_string(segment().sizes().slots) +
                    " clients, not for limits.max_clients = " + std::to_string(config.max_clients));
}

std::string Acceptor::status() {
    std::string text =
        std::to_string(sessions().everyone().size()) + " clients of " + std::to_string(config().max_clients);
    for (const std::string& trouble : troubles()) text += "; " + trouble;
    return text;
}

}  // namespace chat
