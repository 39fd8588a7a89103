// Walking through the blocks of one room after the other.
#include "chat-delivery/log/room_retention.h"

#include "shared/log/id_block.h"

#include <algorithm>
#include <string>
#include <vector>

namespace chat {
namespace {

constexpr Microseconds day = 86'400'000'000;

// The row with the highest number stays here too, without its text. In a room, nothing later is older.
constexpr const char* old_topics =
    "id IN (SELECT id FROM topic WHERE room = ?1 ORDER BY id LIMIT 500) AND at < ?2 AND id < (SELECT max(id) FROM"
    " topic)";
constexpr const char* newest_topic = "id = (SELECT max(id) FROM topic) AND room = ?1 AND at < ?2 AND text IS NOT NULL";

}  // namespace

RoomRetention::RoomRetention(Database& database)
    : database_(&database),
      rooms_(database,
             "SELECT room.rowid, keep_days, coalesce(place, 0), room.name FROM room LEFT JOIN place"
             " ON place.name = lower(room.name) AND kind = 'room'"
             " WHERE keep_days > 0 AND room.rowid >= ? ORDER BY room.rowid LIMIT 1"),
      block_(database, "SELECT first, ids FROM history WHERE place = ? AND first > ? ORDER BY first LIMIT 1"),
      next_(database, "SELECT at FROM message WHERE id = ?"),
      // The row with the highest number stays, because new numbers follow it, and so does its block until it has gone.
      remove_message_(database,
                      "DELETE FROM message WHERE id = ?1 AND at < ?2 AND kind = 'room' AND id < (SELECT max(id) FROM"
                      " message)"),
      remove_block_(database,
                    "DELETE FROM history WHERE place = ? AND first = ? AND NOT EXISTS (SELECT 1 FROM message"
                    " WHERE id = last AND kind = 'room')"),
      any_topic_(database, (std::string("SELECT EXISTS (SELECT 1 FROM topic WHERE ") + old_topics + ")").c_str()),
      remove_topics_(database, (std::string("DELETE FROM topic WHERE ") + old_topics).c_str()),
      newest_topic_(database, (std::string("SELECT EXISTS (SELECT 1 FROM topic WHERE ") + newest_topic + ")").c_str()),
      forget_topic_(database, (std::string("UPDATE topic SET text = NULL WHERE ") + newest_topic).c_str()) {}

bool RoomRetention::remove_topics(const std::string& room, Microseconds cutoff) {
    // Queries first: they take no lock that blocks a writer.
    const auto is_any = [&](Statement& any) {
        const bool is = any.bind(room).bind(cutoff).step() && any.number(0) != 0;
        any.reset();
        return is;
    };
    if (is_any(any_topic_)) {
        remove_topics_.bind(room).bind(cutoff).run();
        return true;
    }
    if (is_any(newest_topic_)) forget_topic_.bind(room).bind(cutoff).run();
    return false;
}

bool RoomRetention::step(Microseconds now) {
    const bool is_there = rooms_.bind(room_).step();
    const std::int64_t room = is_there ? rooms_.number(0) : 0;
    const Microseconds cutoff = is_there ? now - rooms_.number(1) * day : 0;
    const std::int64_t place = is_there ? rooms_.number(2) : 0;  // 0: no index
    const std::string name(is_there ? rooms_.text(3) : std::string_view());
    rooms_.reset();
    if (!is_there) {
        room_ = 0;
        return false;
    }
    if (room != room_) after_ = 0;
    room_ = room;
    if (after_ == 0 && remove_topics(name, cutoff)) return true;
    const bool has_block = block_.bind(place).bind(after_).step();
    const std::int64_t first = has_block ? block_.number(0) : 0;
    std::vector<std::uint64_t> ids;
    if (has_block) ids = unpack_ids(static_cast<std::uint64_t>(first), block_.text(1));
    block_.reset();
    const auto is_old = [&](std::uint64_t id) {
        const bool is_row = next_.bind(static_cast<std::int64_t>(id)).step();
        const bool is_new = is_row && next_.number(0) >= cutoff;
        next_.reset();
        return !is_new;
    };
    if (!has_block || !is_old(ids.front())) {
        ++room_;  // nothing later is older
        after_ = 0;
        return true;
    }
    const bool is_over = is_old(ids.back());
    Transaction transaction(*database_);
    for (const std::uint64_t id : ids) remove_message_.bind(static_cast<std::int64_t>(id)).bind(cutoff).run();
    if (is_over) remove_block_.bind(place).bind(first).run();
    transaction.commit();
    after_ = first;
    return true;
}

}  // namespace chat
