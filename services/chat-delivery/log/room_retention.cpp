// Walking through the blocks of one room after the other.
#include "chat-delivery/log/room_retention.h"

#include "shared/log/id_block.h"

#include <algorithm>
#include <string>
#include <vector>

namespace chat {
namespace {

constexpr Microseconds day = 86'400'000'000;

}  // namespace

RoomRetention::RoomRetention(Database& database)
    : database_(&database),
      rooms_(database,
             "SELECT place, keep_days FROM room JOIN place ON place.name = lower(room.name) AND kind = 'room'"
             " WHERE keep_days > 0 AND place >= ? ORDER BY place LIMIT 1"),
      block_(database, "SELECT first, ids FROM history WHERE place = ? AND first > ? ORDER BY first LIMIT 1"),
      next_(database, "SELECT at FROM message WHERE id = ?"),
      // The row with the highest number stays, because new numbers follow it, and so does its block until it has gone.
      remove_message_(database,
                      "DELETE FROM message WHERE id = ?1 AND at < ?2 AND kind = 'room' AND id < (SELECT max(id) FROM"
                      " message)"),
      remove_block_(database,
                    "DELETE FROM history WHERE place = ? AND first = ? AND NOT EXISTS (SELECT 1 FROM message"
                    " WHERE id = last AND kind = 'room')"),
      any_topic_(database,
                 "SELECT 1 FROM topic WHERE room = (SELECT name FROM place WHERE place = ?) AND at < ? LIMIT 1"),
      remove_topics_(database, "DELETE FROM topic WHERE room = (SELECT name FROM place WHERE place = ?) AND at < ?") {}

bool RoomRetention::step(Microseconds now) {
    const bool is_there = rooms_.bind(place_).step();
    const std::int64_t place = is_there ? rooms_.number(0) : 0;
    const Microseconds cutoff = is_there ? now - rooms_.number(1) * day : 0;
    rooms_.reset();
    if (!is_there) {
        place_ = 0;
        return false;
    }
    if (place != place_) {
        after_ = 0;
        const bool has_old_topic = any_topic_.bind(place).bind(cutoff).step();
        any_topic_.reset();
        if (has_old_topic) remove_topics_.bind(place).bind(cutoff).run();
    }
    place_ = place;
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
        ++place_;  // nothing later is older
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
