// All state about people and places that the acceptor keeps in shared memory, and the order in which a record takes
// effect there.
#pragma once

#include "chat-acceptor/state/files.h"
#include "chat-acceptor/state/groups.h"
#include "chat-acceptor/state/metadata.h"
#include "chat-acceptor/state/room_states.h"
#include "chat-acceptor/state/rooms.h"
#include "chat-acceptor/state/sessions.h"
#include "chat-acceptor/state/watches.h"
#include "shared/memory/segment.h"
#include "shared/records/record.h"

namespace chat {

struct Tables {
    // Throws DamagedSegment.
    explicit Tables(const Segment& segment)
        : sessions(segment),
          rooms(segment),
          room_states(segment),
          groups(segment),
          files(segment),
          watches(segment),
          metadata(segment) {}

    // Applies a committed record; idempotent. The row of the client comes last: what the other tables say of a client
    // counts only while its row says that it is connected.
    void apply(const Record& record, Position end) {
        if (record.kind == RecordKind::message)
            return sessions.apply(record, end);  // most are, and change nothing else
        files.apply(record);
        rooms.apply(record);
        room_states.apply(record, rooms);
        groups.apply(record);
        watches.apply(record);
        metadata.apply(record, rooms);
        sessions.apply(record, end);
    }

    Sessions sessions;
    Rooms rooms;
    RoomStates room_states;
    Groups groups;
    Files files;
    Watches watches;
    Metadata metadata;
};

}  // namespace chat
