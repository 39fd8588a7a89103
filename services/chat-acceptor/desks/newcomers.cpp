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
#include <string>
#include <system_error>
#include <utility>

namespace chat {
namespace {

constexpr int newcomers_at_once = 64;
constexpr Microseconds announce_after = 1'000'000;

const char* outcome_of(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::limit:
            return " was refused: too many clients";
        case Refusal::busy:
            return " was refused: too busy";
        case Refusal::forgotten:
            break;
    }
    return " must connect again: its session was lost";
}

}  // namespace

void Newcomers::accept_connections(int listener, DialectId dialect) {
    try {
        for (int i = 0; i < newcomers_at_once; ++i) {
            if (!floor_->publisher.has_room()) {
                floor_->pressure.block();
                return;
            }
            int trouble = 0;
            auto newcomer = accept_newcomer(listener, trouble);
            if (trouble != 0)
                floor_->pressure.pause_newcomers("accepting a connection: " + std::generic_category().message(trouble));
            if (!newcomer) return;
            newcomer->dialect = dialect;
            CHAT_CRASH_POINT("acceptor: connection accepted");
            admit(std::move(*newcomer));
        }
    } catch (const std::system_error& error) {
        floor_->pressure.pause_newcomers(error.what());
    }
}

void Newcomers::admit(Newcomer newcomer) {
    const Sessions& sessions = floor_->tables.sessions;
    if (std::cmp_greater_equal(sessions.everyone().size(), floor_->config.max_clients))
        return refuse(std::move(newcomer), Refusal::limit);
    const auto slot = sessions.find_free_slot();
    if (!slot || !floor_->segment.reserve_outbox(slot->slot, {.bytes = 1}))
        return refuse(std::move(newcomer), Refusal::busy);
    if (Connection* earlier = floor_->connections.at(slot->slot)) departures_->finish(*earlier);

    const int fd = newcomer.fd.get();
    const std::uint64_t cookie = socket_cookie(fd);
    floor_->store_client_socket(fd, newcomer.dialect);
    CHAT_CRASH_POINT("acceptor: socket stored");
    floor_->link.try_send({LinkKind::attach, *slot, 0, cookie}, fd);
    CHAT_CRASH_POINT("acceptor: socket attached");

    const std::string name = sessions.choose_name();
    std::string rooms;
    for (const std::string& room : floor_->config.auto_join) rooms.append(rooms.empty() ? "" : " ").append(room);
    std::string text;
    Record record = records::Connected{.peer = newcomer.peer,
                                       .rooms = rooms,
                                       .cookie = cookie,
                                       .limit = static_cast<std::uint32_t>(floor_->config.max_clients),
                                       .dialect = newcomer.dialect}
                        .record(text);
    record.at = wall_clock();
    record.sender = *slot;
    record.sender_id = sessions.choose_id(record.at);
    record.session = floor_->publisher.next_sequence();
    record.name = name;
    floor_->publish(record);
    floor_->connections.add(*slot, std::move(newcomer.fd), 0);
    announce_later(*slot);
    journal_client("client-connected", sessions.row(slot->slot), "connected");
}

void Newcomers::refuse(Newcomer newcomer, Refusal refusal) {
    refuse_connection(newcomer.fd.get(), reader_of(newcomer.dialect).refuse(refusal));
    ++refused_;
    floor_->linger_strangers.add(std::move(newcomer.fd));
    if (!floor_->may_note(steady_clock())) {
        ++unnoted_;
        return;
    }
    std::string who = newcomer.peer;
    if (unnoted_ > 0) who += " (and " + std::to_string(unnoted_) + " others before it)";
    unnoted_ = 0;
    journal(Priority::notice, "client-refused", who + outcome_of(refusal), {{"CHAT_PEER", newcomer.peer}});
    if (!floor_->publisher.has_control_room()) return;
    floor_->publish(records::Note{.what = NoteKind::refused, .detail = who}.record());
}

void Newcomers::announce(SlotId client, Microseconds at) {
    const Receivers receivers = announcement_receivers(floor_->act_context, client);
    const records::Online online{.count = floor_->tables.sessions.announced_count() + 1, .receivers = receivers.span()};
    Record record = floor_->about(client, online.record());
    record.at = at;
    floor_->publish(record);
}

void Newcomers::announce_later(SlotId client, Microseconds connected_ago) {
    const Microseconds waited = std::clamp<Microseconds>(connected_ago, 0, announce_after);
    unannounced_.push_back({client, steady_clock() + announce_after - waited});
}

void Newcomers::tick() {
    const Microseconds now = steady_clock();
    while (!unannounced_.empty() && floor_->publisher.has_control_room()) {
        const SlotId client = unannounced_.front().client;
        const ClientRow& row = floor_->tables.sessions.row(client.slot);
        const bool is_news = is_client_here(floor_->segment, client) && !row.announced;
        if (is_news && unannounced_.front().due > now) return;
        if (is_news) announce(client);
        unannounced_.pop_front();
    }
}

}  // namespace chat
