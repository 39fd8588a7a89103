// Leaving, and the end of connections.
#include "chat-acceptor/desks/departures.h"

#include "chat-acceptor/clients/client_journal.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/session.h"
#include "shared/system/crash_point.h"
#include "shared/system/journal.h"

#include <string>
#include <utility>

namespace chat {

void Departures::leave(SlotId client, LeaveReason reason, bool broken) {
    if (const auto why = given_up(floor_->segment.slots()[client.slot], client)) {
        reason = *why;
        broken = true;
    }
    const Sessions& sessions = floor_->tables.sessions;
    const ClientRow& row = sessions.row(client.slot);
    const Receivers receivers = row.announced ? announcement_receivers(floor_->act_context, client) : Receivers();
    const records::Departed departed{.reason = reason,
                                     .count = sessions.announced_count() - (row.announced ? 1 : 0),
                                     .broken = broken,
                                     .receivers = receivers.span()};
    floor_->publish(floor_->about(client, departed.record()));
    after_departure(client);
}

void Departures::kick(SlotId client, std::string_view reason, const std::string& by,
                      std::optional<std::uint32_t> operator_uid) {
    const Sessions& sessions = floor_->tables.sessions;
    const ClientRow& row = sessions.row(client.slot);
    const Receivers receivers = row.announced ? announcement_receivers(floor_->act_context, client) : Receivers();
    const records::Departed departed{.reason = LeaveReason::kicked,
                                     .word = reason,
                                     .count = sessions.announced_count() - (row.announced ? 1 : 0),
                                     .operator_uid = operator_uid,
                                     .receivers = receivers.span()};
    floor_->publish(floor_->about(client, departed.record()));
    const std::string id = std::to_string(row.client_id);
    const std::string name(row.name_view());
    const std::string peer(row.peer_view());
    const std::string what = name + " (" + id + ") was disconnected " + by;
    if (operator_uid)
        journal(Priority::notice, "client-kicked", what,
                {{"CHAT_CLIENT_ID", id},
                 {"CHAT_CLIENT_NAME", name},
                 {"CHAT_PEER", peer},
                 {"CHAT_OPERATOR_UID", std::to_string(*operator_uid)}});
    else
        journal(Priority::notice, "client-killed", what,
                {{"CHAT_CLIENT_ID", id}, {"CHAT_CLIENT_NAME", name}, {"CHAT_PEER", peer}});
    after_departure(client);
}

void Departures::after_departure(SlotId client) {
    const ClientRow& row = floor_->tables.sessions.row(client.slot);
    std::string what = "left: " + std::string(word_of(row.reason));
    if (row.reason == LeaveReason::quit) what += ". Session ended";
    journal_client("client-left", row, what);
    floor_->questions.cancel(client);
    Connection* connection = floor_->connections.find(client);
    if (const auto address = Address::of_peer(row.peer_view())) {
        floor_->addresses.leave_behind(*address, predecessors_of_next(connection, {client, row.session}));
        floor_->addresses.remove(*address, connection != nullptr ? connection->rate : RateLimit(), steady_clock());
    }
    if (connection != nullptr) floor_->connections.leave(*connection);
}

// This client and its own predecessors, as far as something is still held in their names.
Predecessors Departures::predecessors_of_next(Connection* connection, Predecessor client) const {
    Predecessors all = connection != nullptr ? std::move(connection->predecessors) : Predecessors();
    all.insert(all.begin(), client);
    std::erase_if(all, [this](const Predecessor& one) {
        return floor_->tables.groups.made_count(one.client) == 0 && floor_->tables.files.files_of(one.session) == 0;
    });
    return all;
}

void Departures::finish_ended() {
    Connections& connections = floor_->connections;
    for (std::uint32_t slot = 0; connections.left_count() > 0 && slot < connections.slot_count(); ++slot) {
        Connection* connection = connections.at(slot);
        if (connection == nullptr || connection->stage != Connection::Stage::left) continue;
        const Slot& notes = floor_->segment.slots()[slot];
        if (!has_ended(notes, connection->client)) continue;
        const ClientRow& row = floor_->tables.sessions.row(slot);
        if (row.state == SlotState::departed &&
            (!has_ended_cleanly(notes, connection->client) || row.kept_account != 0)) {
            if (!floor_->publisher.has_control_room()) return;
            const KeptGift gift{row.kept_account, row.kept_upto, row.kept_since};
            floor_->publish(floor_->about(connection->client, records::Closed{gift}.record()));
            CHAT_CRASH_POINT("departures: closed");
        }
        finish(*connection);
    }
}

void Departures::finish(Connection& connection) {
    const bool has_ended = connection.input != Connection::Input::open;
    connection.inbox.release_memory();
    UniqueFd fd = floor_->connections.remove(connection.client.slot);
    CHAT_CRASH_POINT("acceptor: before the end of a connection");
    if (has_ended)
        end_connection(std::move(fd));
    else
        floor_->linger.add(std::move(fd));
}

void Departures::tick() {
    finish_ended();
    floor_->linger.tick();
    floor_->linger_strangers.tick();
}

}  // namespace chat
