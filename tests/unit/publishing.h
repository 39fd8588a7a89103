// An acceptor without sockets: it puts into the queue what a test needs there.
#pragma once

#include "chat-acceptor/floor.h"
#include "chat-acceptor/publisher.h"
#include "chat-acceptor/tables.h"
#include "shared/record.h"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace chat::test {

class Publishing {
  public:
    // Of any kind, also of one that does not exist.
    explicit Publishing(const Segment& segment)
        : tables(segment), publisher(segment, tables, static_cast<RecordKind>(0xffff)) {}

    // A record about a client that is connected.
    [[nodiscard]] Record about(SlotId client, RecordKind kind) const { return record_about(sessions, client, kind); }

    // What a newcomer's first record says; its session is the number that the record will get.
    [[nodiscard]] Record newcomer(SlotId client, std::uint32_t id, std::string_view name) const {
        Record record;
        record.kind = RecordKind::connected;
        record.at = 1'000'000;
        record.sender = client;
        record.sender_id = id;
        record.session = publisher.next_sequence();
        record.name = name;
        record.text = "127.0.0.1:50312";
        record.value = 7000 + client.slot;
        return record;
    }

    [[nodiscard]] Record departure(SlotId client, LeaveReason reason) const {
        Record record = about(client, RecordKind::departed);
        record.at = 9'000'000;
        record.scope = static_cast<std::uint8_t>(reason);
        return record;
    }

    // A direct message between two that are connected; `receiver` must live until the record is published.
    [[nodiscard]] Record direct(SlotId sender, const SlotId& receiver, std::string_view text) const {
        const ClientRow& row = sessions.row(receiver.slot);
        Record record = about(sender, RecordKind::message);
        record.scope = static_cast<std::uint8_t>(MessageScope::direct);
        record.target_id = row.client_id;
        record.target_session = row.session;
        record.target = row.name_view();
        record.number = 1;
        record.text = text;
        record.receivers = {&receiver, 1};
        return record;
    }

    // To everyone who is connected: in the lobby, or as a broadcast.
    [[nodiscard]] Record to_all(SlotId sender, MessageScope scope, std::string_view text) const {
        Record record = about(sender, RecordKind::message);
        record.scope = static_cast<std::uint8_t>(scope);
        if (scope == MessageScope::room) record.target = "lobby";
        record.text = text;
        record.receivers = sessions.everyone();
        record.number = static_cast<std::uint32_t>(record.receivers.size()) - 1;
        return record;
    }

    SlotId connect(SlotId client, std::uint32_t id, std::string_view name) {
        publisher.publish(newcomer(client, id, name));
        return client;
    }

    Tables tables;
    Sessions& sessions = tables.sessions;
    Publisher publisher;
};

}  // namespace chat::test
