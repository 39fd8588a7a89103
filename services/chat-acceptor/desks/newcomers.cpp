// Accepting, refusing and announcing.
#include "chat-acceptor/desks/newcomers.h"

#include "chat-acceptor/clients/client_journal.h"
#include "shared/records/operator.h"
#include "shared/records/session.h"
#include "shared/system/crash_point.h"
#include "shared/system/inherited_sockets.h"
#include "shared/system/journal.h"
#include "shared/system/stream_position.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <system_error>
#include <utility>

namespace chat {
namespace {

constexpr int newcomers_at_once = 64;
constexpr Microseconds announce_after = 1'000'000;
constexpr Microseconds guest_timeout = 28'000'000;  // looked at every two seconds

const char* outcome_of(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::limit:
            return " was refused: too many clients";
        case Refusal::too_many:
            return " was refused: too many connections from its address";
        case Refusal::too_fast:
            return " was refused: too many new connections from its address";
        case Refusal::banned:
            return " was refused: banned";
        case Refusal::busy:
            return " was refused: too busy";
        case Refusal::unfit:
            return " was refused: not plain TCP, or urgent data was lost before it was accepted";
        case Refusal::disabled:
            return " was refused: IRC is not served";
        case Refusal::forgotten:
            break;
    }
    return " must connect again: its session was lost";
}

}  // namespace

Newcomers::Newcomers(Floor& floor, Departures& departures)
    : floor_(&floor),
      departures_(&departures),
      proxied_(
          floor.proxy_token, [this](Newcomer newcomer) { admit_if_room(std::move(newcomer)); },
          [this](Newcomer& newcomer) { store(newcomer); }) {}

void Newcomers::accept_connections(int listener, SocketRole role) {
    try {
        for (int i = 0; i < newcomers_at_once; ++i) {
            if (!floor_->publisher.has_room()) {
                floor_->pressure.block();
                if (!floor_->pressure.is_refusing()) return;
            }
            int trouble = 0;
            auto newcomer = accept_newcomer(listener, trouble);
            if (trouble != 0)
                floor_->pressure.pause_newcomers("accepting a connection: " + std::generic_category().message(trouble));
            if (!newcomer) return;
            newcomer->dialect = role.dialect;
            CHAT_CRASH_POINT("acceptor: connection accepted");
            if (role.is_proxied)
                await_header(std::move(*newcomer));
            else
                admit_if_room(std::move(*newcomer));
        }
    } catch (const std::system_error& error) {
        floor_->pressure.pause_newcomers(error.what());
    }
}

void Newcomers::admit_if_room(Newcomer newcomer) {
    if (floor_->publisher.has_room())
        admit(std::move(newcomer));
    else
        refuse(std::move(newcomer), Refusal::busy);
}

void Newcomers::store(Newcomer& newcomer) {
    if (!std::exchange(newcomer.is_stored, true))
        floor_->store_client_socket(newcomer.fd.get(), newcomer.dialect, newcomer.is_proxied);
}

bool Newcomers::is_untried(SlotId client) const noexcept {
    const ClientRow& row = floor_->tables.sessions.row(client.slot);
    return is_client_here(floor_->segment, client) && (!row.has_succeeded || row.is_quiet);
}

std::optional<SlotId> Newcomers::find_idle_newcomer() {
    constexpr Microseconds second = 1'000'000;
    while (!untried_.empty() && !is_untried(untried_.front().client)) untried_.pop_front();
    if (untried_.empty()) return std::nullopt;
    const auto [client, since] = untried_.front();
    const bool is_idle = steady_clock() - since >= floor_->config.idle_newcomer_seconds * second;
    return is_idle ? std::optional(client) : std::nullopt;
}

std::optional<Refusal> Newcomers::find_obstacle(const Newcomer& newcomer, std::optional<SlotId>& makes_room) {
    if (!newcomer.fit) return Refusal::unfit;
    if (newcomer.dialect == DialectId::irc && !floor_->config.irc_enabled) return Refusal::disabled;
    const auto& address = newcomer.address;
    const bool is_full =
        std::cmp_greater_equal(floor_->tables.sessions.everyone().size() + floor_->tables.sessions.unregistered_count(),
                               floor_->config.max_clients);
    // Nobody has to leave for a host that has its share.
    if (is_full && !(address && floor_->addresses.has_too_many(*address))) makes_room = find_idle_newcomer();
    if (is_full && !makes_room) return Refusal::limit;
    if (!address) return std::nullopt;
    switch (floor_->addresses.judge(*address, steady_clock())) {
        case Addresses::Verdict::welcome:
            return std::nullopt;
        case Addresses::Verdict::too_many:
            return Refusal::too_many;
        case Addresses::Verdict::too_fast:
            return Refusal::too_fast;
        case Addresses::Verdict::full:
            break;
    }
    return Refusal::busy;
}

void Newcomers::admit(Newcomer newcomer) {
    const auto address = newcomer.address;
    if (const Ban* ban = address ? floor_->bans.find(*address, wall_clock()) : nullptr)
        return refuse(std::move(newcomer), Refusal::banned, ban->reason);
    std::optional<SlotId> makes_room;
    if (const auto obstacle = find_obstacle(newcomer, makes_room)) return refuse(std::move(newcomer), *obstacle);
    const Sessions& sessions = floor_->tables.sessions;
    const auto slot = sessions.find_free_slot();
    if (!slot || !floor_->segment.reserve_outbox(slot->slot, {.bytes = 1}))
        return refuse(std::move(newcomer), Refusal::busy);
    if (Connection* earlier = floor_->connections.at(slot->slot)) departures_->finish(*earlier);

    if (makes_room) departures_->leave(*makes_room, LeaveReason::timeout, false);

    const int fd = newcomer.fd.get();
    const std::uint64_t cookie = socket_cookie(fd);
    store(newcomer);
    CHAT_CRASH_POINT("acceptor: socket stored");
    floor_->link.try_send({LinkKind::attach, *slot, 0, cookie}, fd);
    CHAT_CRASH_POINT("acceptor: socket attached");

    const std::string name = choose_free_name(floor_->act_context);
    std::string rooms;
    for (const std::string& room : floor_->config.auto_join) rooms.append(rooms.empty() ? "" : " ").append(room);
    std::string text;
    Record record =
        records::Connected{
            .peer = newcomer.peer,
            .rooms = rooms,
            .cookie = cookie,
            .limit = static_cast<std::uint32_t>(floor_->config.max_clients),
            .dialect = newcomer.dialect,
            .accounts = floor_->auth.names().are_available ? register_policy_of(floor_->config) : RegisterPolicy::off,
            .tls = newcomer.header.facts()}
            .record(text);
    record.at = wall_clock();
    record.sender = *slot;
    record.sender_id = sessions.choose_id(record.at);
    record.session = floor_->publisher.next_sequence();
    record.name = name;
    // From here on the header counts as processed, and nobody needs it again.
    record.sender_state = static_cast<std::uint64_t>(newcomer.header.size) << 1U;
    floor_->publish(record);
    CHAT_CRASH_POINT("acceptor: header unread");
    const bool is_whole = newcomer.header.size == 0 || discard_header(fd, newcomer.header.size);
    Connection& connection = is_whole
                                 ? floor_->connections.add(*slot, std::move(newcomer.fd), newcomer.header.size)
                                 : floor_->connections.add_broken(*slot, std::move(newcomer.fd), LeaveReason::lost);
    if (address) {
        floor_->addresses.add(*address);
        connection.rate = floor_->addresses.begin_lines(*address);
        connection.predecessors = floor_->addresses.take_predecessors(*address);
    }
    announce_later(*slot);
    watch_for_success(*slot);
    journal_client("client-connected", sessions.row(slot->slot), "connected");
    if (connection.end_reason == LeaveReason::none) return;
    if (is_whole) floor_->pressure.pause_newcomers("no memory to watch a connection");
    departures_->leave(*slot, connection.end_reason, true);
}

void Newcomers::refuse(Newcomer newcomer, Refusal refusal, std::string_view reason) {
    refuse_connection(newcomer.fd.get(), reader_of(newcomer.dialect).refuse(refusal, reason));
    ++refused_[static_cast<std::size_t>(refusal)];
    floor_->linger_strangers.add(std::move(newcomer.fd));
    journal(Priority::notice, "client-refused", newcomer.peer + outcome_of(refusal), {{"CHAT_PEER", newcomer.peer}});
    // While the queue is full, what room is left is for departures.
    if (floor_->pressure.is_blocked() || !floor_->publisher.has_control_room() || !floor_->may_note(steady_clock())) {
        ++unnoted_;
        return;
    }
    std::string who = newcomer.peer;
    if (unnoted_ > 0) who += " (and " + std::to_string(unnoted_) + " others before it)";
    unnoted_ = 0;
    floor_->publish(records::Note{.what = NoteKind::refused, .detail = who}.record());
}

std::uint64_t Newcomers::refused_count() const noexcept {
    return std::accumulate(refused_.begin(), refused_.end(), std::uint64_t{0});
}

void Newcomers::announce(SlotId client, Microseconds at) {
    if (is_barred(floor_->act_context, floor_->tables.sessions.row(client.slot))) return;
    const Receivers receivers = arrival_receivers(floor_->act_context, client);
    const records::Online online{.count = floor_->tables.sessions.announced_count() + 1,
                                 .account = floor_->tables.sessions.row(client.slot).account,
                                 .receivers = receivers.span()};
    Record record = floor_->about(client, online.record());
    record.at = at;
    floor_->publish(record);
}

void Newcomers::announce_later(SlotId client, Microseconds connected_ago) {
    const Microseconds waited = std::clamp<Microseconds>(connected_ago, 0, announce_after);
    unannounced_.push_back({client, steady_clock() + announce_after - waited});
}

void Newcomers::end_unregistered() {
    if (floor_->tables.sessions.unregistered_count() == 0) return;
    const Microseconds now = wall_clock();
    constexpr Microseconds second = 1'000'000;
    for (std::uint32_t slot = 0; slot < floor_->connections.slot_count(); ++slot) {
        const Connection* connection = floor_->connections.at(slot);
        const ClientRow& row = floor_->tables.sessions.row(slot);
        if (connection == nullptr || !is_client_here(floor_->segment, connection->client) || !row.is_unregistered)
            continue;
        if (now - row.connected_at > floor_->config.irc_registration_seconds * second &&
            floor_->publisher.has_control_room())
            departures_->leave(connection->client, LeaveReason::timeout, false);
    }
    floor_->publisher.ring();
}

void Newcomers::end_guests() {
    if (floor_->config.accounts_guests != "no") return;
    const Microseconds now = steady_clock();
    for (std::uint32_t slot = 0; slot < floor_->connections.slot_count(); ++slot) {
        Connection* connection = floor_->connections.at(slot);
        if (connection == nullptr || !is_client_here(floor_->segment, connection->client)) continue;
        if (!is_barred(floor_->act_context, floor_->tables.sessions.row(slot)))
            connection->barred_since = 0;
        else if (connection->barred_since == 0)
            connection->barred_since = now;
        else if (now - connection->barred_since > guest_timeout && floor_->publisher.has_control_room())
            departures_->leave(connection->client, LeaveReason::timeout, false);
    }
    floor_->publisher.ring();
}

void Newcomers::watch_for_success(SlotId client, Microseconds connected_ago) {
    if (!is_untried(client)) return;
    if (untried_.size() >= 2 * floor_->segment.slots().size())
        std::erase_if(untried_, [this](const Untried& untried) { return !is_untried(untried.client); });
    untried_.push_back({client, steady_clock() - std::max<Microseconds>(connected_ago, 0)});
}

void Newcomers::tick() {
    proxied_.tick();
    const Microseconds now = steady_clock();
    while (!unannounced_.empty() && floor_->publisher.has_control_room()) {
        const SlotId client = unannounced_.front().client;
        const ClientRow& row = floor_->tables.sessions.row(client.slot);
        const bool is_news =
            is_client_here(floor_->segment, client) && !row.announced && !row.is_quiet && !row.is_unregistered;
        if (is_news && unannounced_.front().due > now) return;
        unannounced_.pop_front();
        const Connection* connection = floor_->connections.find(client);
        if (is_news && connection != nullptr && connection->stage == Connection::Stage::asking)
            unannounced_.push_back({client, now + announce_after});  // it may be about to get its name
        else if (is_news)
            announce(client);
    }
}

}  // namespace chat
