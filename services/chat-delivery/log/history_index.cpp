// Collecting ids, packing them, and catching up.
#include "chat-delivery/log/history_index.h"

#include "shared/log/id_block.h"
#include "shared/memory/room_table.h"
#include "shared/records/message.h"
#include "shared/system/crash_point.h"

#include <algorithm>
#include <span>

namespace chat {
namespace {

constexpr std::size_t most_waiting = 20'000;  // ids
constexpr std::chrono::milliseconds longest_wait{5000};
constexpr std::chrono::milliseconds between_steps{2};
constexpr int rows_at_once = 4096;
constexpr std::size_t ids_a_block = 4096;
constexpr std::int64_t places_a_step = 64;

std::int64_t bound(std::uint64_t number) noexcept {
    return static_cast<std::int64_t>(number);
}

}  // namespace

HistoryIndex::HistoryIndex(Database& database)
    : database_(&database),
      rows_(
          database,
          "SELECT id, kind, channel, sender_account, receiver_account, sender_name_then, CASE WHEN kind = 'direct' AND"
          " receiver_account IS NULL THEN (SELECT name FROM session WHERE session = receiver) END FROM message"
          " WHERE id > ? ORDER BY id LIMIT ?"),
      add_place_(database, "INSERT OR IGNORE INTO place (kind, name) VALUES (?, ?)"),
      add_correspondent_(database, "INSERT OR IGNORE INTO correspondent (account, other) VALUES (?, ?)"),
      find_place_(database, "SELECT place FROM place WHERE kind = ? AND name = ?"),
      add_block_(database, "INSERT INTO history (place, first, last, ids) VALUES (?, ?, ?, ?)"),
      move_mark_(database, "UPDATE history_state SET value = ? WHERE key = 'indexed'"),
      clean_(database,
             "DELETE FROM history WHERE place IN (SELECT place FROM place WHERE place > ?1 ORDER BY place LIMIT ?2)"
             " AND first < ?3 AND last < ?3"),
      forget_places_(database,
                     "DELETE FROM place WHERE place > ? AND place <= ? AND NOT EXISTS (SELECT 1 FROM history"
                     " WHERE history.place = place.place)"),
      indexed_(
          static_cast<std::uint64_t>(database.query_number("SELECT value FROM history_state WHERE key = 'indexed'"))),
      last_(indexed_) {}

void HistoryIndex::add(const Record& record) {
    if (!follows_) return;
    const auto message = records::Message::of(record);
    switch (records::scope_in(record)) {
        case MessageScope::room:
            add_to_room(fields_of(message.to).name, record.sequence);
            return;
        case MessageScope::broadcast:
            add_to_room(lobby_name, record.sequence);
            return;
        case MessageScope::direct:
            add_direct(message.account, record.name, message.receiver_account, fields_of(message.to).name,
                       record.sequence);
            return;
        case MessageScope::group:
            return;
    }
}

void HistoryIndex::add_to_room(std::string_view name, std::uint64_t id) {
    const FoldedName folded(name);
    auto found = rooms_.find(std::string_view(folded));
    if (found == rooms_.end()) found = rooms_.emplace(std::string_view(folded), Ids()).first;
    found->second.push_back(id);
    ++waiting_;
}

void HistoryIndex::add_to_talk(std::uint64_t account, std::uint64_t other, std::uint64_t id) {
    if (account == 0 || other == 0) return;
    talks_[std::minmax(account, other)].push_back(id);
    ++waiting_;
}

void HistoryIndex::add_direct(std::uint64_t sender, std::string_view sender_name, std::uint64_t receiver,
                              std::string_view receiver_name, std::uint64_t id) {
    if ((sender == 0) == (receiver == 0)) return add_to_talk(sender, receiver, id);
    const std::string_view guest = sender == 0 ? sender_name : receiver_name;
    if (guest.empty()) return;
    with_guests_[{std::max(sender, receiver), fold_case(guest)}].push_back(id);
    ++waiting_;
}

void HistoryIndex::follow(std::uint64_t last) {
    if (last == last_) return;
    if (last_ == indexed_) waiting_since_ = Clock::now();
    last_ = last;
    if (follows_ && waiting_ >= most_waiting) write(last_);
}

std::optional<std::chrono::milliseconds> HistoryIndex::step() {
    if (!follows_) {
        follows_ = !catch_up();
        return between_steps;
    }
    if (last_ == indexed_) return std::nullopt;
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - waiting_since_);
    if (waited < longest_wait) return longest_wait - waited;
    write(last_);
    return std::nullopt;
}

// Indexes the next rows above the mark. True: there may be more.
bool HistoryIndex::catch_up() {
    int rows = 0;
    std::uint64_t last = indexed_;
    rows_.bind(bound(indexed_)).bind(rows_at_once);
    for (; rows_.step(); ++rows) {
        last = static_cast<std::uint64_t>(rows_.number(0));
        const std::string_view kind = rows_.text(1);
        if (kind == word_of(MessageScope::room))
            add_to_room(rows_.text(2).substr(0, max_name_size), last);
        else if (kind == word_of(MessageScope::broadcast))
            add_to_room(lobby_name, last);
        else if (kind == word_of(MessageScope::direct))
            add_direct(static_cast<std::uint64_t>(rows_.number(3)), rows_.text(5).substr(0, max_name_size),
                       static_cast<std::uint64_t>(rows_.number(4)), rows_.text(6).substr(0, max_name_size), last);
    }
    if (rows > 0) write(last);
    return rows == rows_at_once;
}

void HistoryIndex::write(std::uint64_t up_to) {
    // Sorted by place, so that neighbouring pages are written.
    std::map<std::int64_t, const Ids*> places;
    Transaction transaction(*database_);
    for (const auto& [name, ids] : rooms_)
        if (!ids.empty()) places[place_of("room", name)] = &ids;
    for (const auto& [accounts, ids] : talks_) {
        places[place_of("talk", std::to_string(accounts.first) + ':' + std::to_string(accounts.second))] = &ids;
        add_correspondent_.bind(bound(accounts.first)).bind(bound(accounts.second)).run();
        add_correspondent_.bind(bound(accounts.second)).bind(bound(accounts.first)).run();
    }
    for (const auto& [guest, ids] : with_guests_)
        places[place_of("guest", std::to_string(guest.first) + ':' + guest.second)] = &ids;
    for (const auto& [place, ids] : places) write_blocks(place, *ids);
    CHAT_CRASH_POINT("history index: blocks written");
    move_mark_.bind(bound(up_to)).run();
    transaction.commit();
    CHAT_CRASH_POINT("history index: committed");
    indexed_ = up_to;
    last_ = std::max(last_, up_to);
    waiting_ = 0;
    rooms_.clear();
    talks_.clear();
    with_guests_.clear();
}

void HistoryIndex::write_blocks(std::int64_t place, const Ids& ids) {
    for (std::size_t begin = 0; begin < ids.size(); begin += ids_a_block) {
        const std::size_t end = std::min(ids.size(), begin + ids_a_block);
        const std::string distances = pack_ids(std::span(ids).subspan(begin, end - begin));
        add_block_.bind(place).bind(bound(ids[begin])).bind(bound(ids[end - 1])).bind_blob(distances).run();
    }
}

std::int64_t HistoryIndex::place_of(std::string_view kind, std::string_view name) {
    const auto find = [&]() -> std::int64_t {
        const std::int64_t place = find_place_.bind(kind).bind(name).step() ? find_place_.number(0) : 0;
        find_place_.reset();
        return place;
    };
    if (const std::int64_t place = find(); place != 0) return place;
    add_place_.bind(kind).bind(name).run();
    return find();
}

bool HistoryIndex::clean() {
    const std::int64_t lowest = database_->query_number("SELECT min(id) FROM message");
    if (cleaned_ == 0 && lowest == cleaned_to_) return false;
    const std::int64_t last = database_->query_number(
        ("SELECT max(place) FROM (SELECT place FROM place WHERE place > " + std::to_string(cleaned_) +
         " ORDER BY place LIMIT " + std::to_string(places_a_step) + ")")
            .c_str());
    if (last == 0) {
        cleaned_ = 0;
        cleaned_to_ = lowest;
        return false;
    }
    Transaction transaction(*database_);
    clean_.bind(cleaned_).bind(places_a_step).bind(lowest).run();
    forget_places_.bind(cleaned_).bind(last).run();
    transaction.commit();
    cleaned_ = last;
    return true;
}

}  // namespace chat
