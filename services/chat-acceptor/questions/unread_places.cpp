// Marks, blocks and rows.
#include "chat-acceptor/questions/unread_places.h"

#include "chat-acceptor/questions/history_place.h"
#include "shared/log/id_block.h"
#include "shared/memory/room_table.h"
#include "shared/records/message.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace chat {
namespace {

constexpr std::chrono::seconds longest_count{1};

std::int64_t as_stored(std::uint64_t number) noexcept {
    return static_cast<std::int64_t>(
        std::min(number, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
}

std::uint64_t as_number(std::int64_t number) noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

std::string key_of_room(std::string_view name) {
    return "room:" + fold_case(name);
}

std::string key_of_talk(std::uint64_t other) {
    return "talk:" + std::to_string(other);
}

}  // namespace

UnreadPlaces::UnreadPlaces(const std::string& directory)
    : database_(directory, Database::Access::read),
      mark_(database_, "SELECT message FROM seen WHERE account = ? AND place = ?"),
      talks_(database_, "SELECT other FROM correspondent WHERE account = ?"),
      place_(database_, "SELECT place FROM place WHERE kind = ? AND name = ?"),
      blocks_(database_, "SELECT first, ids FROM history WHERE place = ? AND last >= ? ORDER BY first"),
      row_(database_,
           "SELECT sender_name_then FROM message WHERE id = ? AND text IS NOT NULL AND discarded = 0 AND"
           " sender_account IS NOT ?"),
      newest_(database_,
              "SELECT id, kind, channel, sender_account, receiver_account, sender_name_then FROM message WHERE id > ?"
              " AND id <= ? AND text IS NOT NULL AND discarded = 0 AND sender_account IS NOT ? ORDER BY id") {}

Answer UnreadPlaces::read(const UnreadQuestion& asked, HistoryPages& pages, std::uint64_t upto) {
    database_.stop_at(std::chrono::steady_clock::now() + longest_count);
    const Snapshot snapshot(database_);
    Places places;
    add_rooms(asked, pages, upto, places);
    if (asked.has_talks) add_talks(asked, places);
    const std::uint64_t indexed =
        as_number(database_.query_number("SELECT value FROM history_state WHERE key = 'indexed'"));
    for (auto& [key, place] : places) {
        const IndexedPlace at = indexed_place({.room = place.name, .account = asked.account, .other = place.other});
        count_indexed(asked.account, at.kind, at.name, upto, place);
    }
    count_unindexed(asked, indexed, upto, places);
    std::string packed;
    for (const auto& [key, place] : places)
        if (place.count > 0)
            append_unread_place(packed, {place.other, place.name, place.count, place.first, place.last});
    return UnreadAnswer{.account = asked.account, .places = packed}.answer();
}

// Without a mark, it begins where the client may begin to read. The record of its first membership has set one.
void UnreadPlaces::add_rooms(const UnreadQuestion& asked, HistoryPages& pages, std::uint64_t upto, Places& places) {
    for (const HistoryQuestion& room : asked.rooms) {
        const auto visible = pages.lowest_visible(room, upto);
        if (!visible) continue;
        const std::string key = key_of_room(room.room);
        const auto mark = mark_of(asked.account, key);
        places[key] = {.low = mark ? std::max(*visible, *mark + 1) : *visible, .name = std::string(room.room)};
    }
}

void UnreadPlaces::add_talks(const UnreadQuestion& asked, Places& places) {
    std::vector<std::uint64_t> others;
    talks_.bind(as_stored(asked.account));
    while (talks_.step()) others.push_back(as_number(talks_.number(0)));
    for (const std::uint64_t other : others) {
        const std::string key = key_of_talk(other);
        places[key] = {.low = mark_of(asked.account, key).value_or(0) + 1, .other = other};
    }
}

std::optional<std::uint64_t> UnreadPlaces::mark_of(std::uint64_t account, std::string_view place) {
    const bool is_there = mark_.bind(as_stored(account)).bind(place).step();
    const auto mark = is_there ? std::optional(as_number(mark_.number(0))) : std::nullopt;
    mark_.reset();
    return mark;
}

void UnreadPlaces::count(Place& place, std::uint64_t id, std::string_view sender_name) {
    if (place.first == 0) place.first = id;
    place.last = id;
    place.count = std::min(place.count + 1, most_counted);
    if (place.other != 0) place.name = sender_name.substr(0, max_name_size);
}

void UnreadPlaces::count_indexed(std::uint64_t account, std::string_view kind, const std::string& name,
                                 std::uint64_t upto, Place& place) {
    const bool is_there = place_.bind(kind).bind(name).step();
    const std::int64_t number = is_there ? place_.number(0) : 0;
    place_.reset();
    if (!is_there) return;
    blocks_.bind(number).bind(as_stored(place.low));
    std::vector<std::uint64_t> ids;
    while (blocks_.step())
        for (const std::uint64_t id : unpack_ids(as_number(blocks_.number(0)), blocks_.text(1)))
            if (id >= place.low && id <= upto) ids.push_back(id);
    const auto look = [&](std::uint64_t id) {
        if (row_.bind(as_stored(id)).bind(as_stored(account)).step()) count(place, id, row_.text(0));
        row_.reset();
    };
    for (auto id = ids.begin(); id != ids.end() && place.count < most_counted; ++id) look(*id);
    if (place.count < most_counted) return;
    // The number stops there; the last one is still the last.
    for (auto id = ids.rbegin(); id != ids.rend() && *id > place.last; ++id) {
        const std::uint64_t before = place.last;
        look(*id);
        if (place.last != before) return;
    }
}

void UnreadPlaces::count_unindexed(const UnreadQuestion& asked, std::uint64_t indexed, std::uint64_t upto,
                                   Places& places) {
    newest_.bind(as_stored(indexed)).bind(as_stored(upto)).bind(as_stored(asked.account));
    while (newest_.step()) {
        const std::uint64_t id = as_number(newest_.number(0));
        const std::string_view kind = newest_.text(1);
        if (kind == word_of(MessageScope::direct)) {
            const std::uint64_t other = as_number(newest_.number(3));
            if (!asked.has_talks || other == 0 || as_number(newest_.number(4)) != asked.account) continue;
            const std::string key = key_of_talk(other);
            auto found = places.find(key);
            if (found == places.end()) {
                const std::uint64_t low = mark_of(asked.account, key).value_or(0) + 1;
                found = places.emplace(key, Place{.low = low, .other = other}).first;
            }
            if (id >= found->second.low) count(found->second, id, newest_.text(5));
            continue;
        }
        const bool is_room = kind == word_of(MessageScope::room);
        if (!is_room && kind != word_of(MessageScope::broadcast)) continue;
        const auto found = places.find(key_of_room(is_room ? newest_.text(2) : lobby_name));
        if (found != places.end() && id >= found->second.low) count(found->second, id, {});
    }
}

}  // namespace chat
