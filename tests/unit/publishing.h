// An acceptor without sockets: it puts into the queue what a test needs.
#pragma once

#include "chat-acceptor/floor.h"
#include "chat-acceptor/publisher.h"
#include "chat-acceptor/state/tables.h"
#include "shared/records/message.h"
#include "shared/records/record.h"
#include "shared/records/session.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat::test {

class Publishing {
  public:
    // A record of any kind, even one that does not exist.
    explicit Publishing(const Segment& segment)
        : tables(segment), publisher(segment, tables, static_cast<RecordKind>(0xffff)) {}

    // A record about a client that is connected.
    [[nodiscard]] Record about(SlotId client, const Record& record) const {
        return record_about(sessions, client, record);
    }
    [[nodiscard]] Record about(SlotId client, RecordKind kind) const { return about(client, Record{.kind = kind}); }

    // A new client's first record; its session is the number that the record will get, so publish it
    // before making another record.
    [[nodiscard]] Record newcomer(SlotId client, std::uint32_t id, std::string_view name, std::string_view rooms = {},
                                  DialectId dialect = DialectId::line) const {
        Record record =
            records::Connected{
                .peer = "127.0.0.1:50312", .rooms = rooms, .cookie = 7000 + client.slot, .dialect = dialect}
                .record(arrival_);
        record.at = 1'000'000;
        record.sender = client;
        record.sender_id = id;
        record.session = publisher.next_sequence();
        record.name = name;
        return record;
    }

    [[nodiscard]] Record departure(SlotId client, LeaveReason reason) const {
        Record record = about(client, records::Departed{.reason = reason}.record());
        record.at = 9'000'000;
        return record;
    }

    // A direct message between two connected clients; `receiver` must live until the record is published.
    [[nodiscard]] Record direct(SlotId sender, const SlotId& receiver, std::string_view words) const {
        const ClientRow& row = sessions.row(receiver.slot);
        return about(sender, records::Message{.to = ToClient{row.client_id, row.session, row.name_view()},
                                              .text = words,
                                              .count = 1,
                                              .receivers = {&receiver, 1}}
                                 .record());
    }

    // The same to a client that was gone when it arrived.
    [[nodiscard]] Record to_one_gone(SlotId sender, SlotId receiver, std::string_view words) const {
        const ClientRow& row = sessions.row(receiver.slot);
        return about(sender, records::Message{.to = ToClient{row.client_id, row.session, row.name_view()},
                                              .text = words,
                                              .count = 1,
                                              .discarded = true}
                                 .record());
    }

    // A message to that target, received by every connected client.
    [[nodiscard]] Record to_all(SlotId sender, const MessageTarget& to, std::string_view words) const {
        const auto everyone = sessions.everyone();
        return about(sender, records::Message{.to = to,
                                              .text = words,
                                              .count = static_cast<std::uint32_t>(everyone.size()) - 1,
                                              .receivers = everyone}
                                 .record());
    }

    SlotId connect(SlotId client, std::uint32_t id, std::string_view name) {
        publisher.publish(newcomer(client, id, name));
        return client;
    }

    Tables tables;
    Sessions& sessions = tables.sessions;
    Publisher publisher;

  private:
    mutable std::string arrival_;  // of the latest new client
};

}  // namespace chat::test
