// Inserting.
#include "chat-delivery/log/topic_rows.h"

#include "shared/records/room.h"
#include "shared/records/room_rights.h"

#include <cstdint>

namespace chat {

TopicRows::TopicRows(Database& database)
    : insert_(database,
              "INSERT OR IGNORE INTO topic (id, at, room, session, name, proven, text) VALUES (?, ?, ?, ?, ?, ?, ?)") {}

void TopicRows::add(const Record& record, bool keep_text) {
    const auto topic = records::Topic::of(record);
    insert_.bind(static_cast<std::int64_t>(record.sequence)).bind(record.at).bind(topic.room);
    insert_.bind_unless_zero(static_cast<std::int64_t>(record.session)).bind(records::name_of_actor(record));
    insert_.bind(record.is_of_account() ? 1 : 0);
    if (keep_text)
        insert_.bind(topic.text);
    else
        insert_.bind_null();
    insert_.run();
}

}  // namespace chat
