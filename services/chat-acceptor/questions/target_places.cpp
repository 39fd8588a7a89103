// One page of one message for each place.
#include "chat-acceptor/questions/target_places.h"

#include "shared/records/history.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

namespace chat {
namespace {

constexpr std::chrono::seconds longest_search{1};

// Of the newest message of a place.
std::optional<Microseconds> time_of_newest(HistoryQuestion asked, HistoryPages& pages, std::uint64_t upto) {
    asked.select = HistoryQuestion::Select::newest;
    asked.limit = 1;
    asked.bytes = std::numeric_limits<std::uint32_t>::max();
    const Answer answer = pages.read(asked, upto);
    const auto page = HistoryAnswer::of(answer);
    if (!page || page->refusal) return std::nullopt;
    std::string_view rows = page->rows;
    const auto row = take_history_info(rows);
    return row ? std::optional(row->at) : std::nullopt;
}

}  // namespace

TargetPlaces::TargetPlaces(const std::string& directory)
    : database_(directory, Database::Access::read),
      // Those of messages that have no index yet, and the others.
      correspondents_(
          database_,
          "SELECT other FROM correspondent WHERE account = ?1 UNION SELECT CASE WHEN sender_account = ?1 THEN"
          " receiver_account ELSE sender_account END FROM message WHERE id > coalesce((SELECT value FROM"
          " history_state WHERE key = 'indexed'), 0) AND id <= ?2 AND kind = 'direct' AND"
          " ?1 IN (sender_account, receiver_account)") {}

std::vector<std::uint64_t> TargetPlaces::correspondents_of(std::uint64_t account, std::uint64_t upto) {
    std::vector<std::uint64_t> others;
    correspondents_.bind(static_cast<std::int64_t>(account)).bind(static_cast<std::int64_t>(upto));
    while (others.size() < most_places && correspondents_.step())
        if (const std::int64_t other = correspondents_.number(0); other > 0)
            others.push_back(static_cast<std::uint64_t>(other));
    correspondents_.reset();
    return others;
}

Answer TargetPlaces::read(const TargetsQuestion& asked, HistoryPages& pages, std::uint64_t upto) {
    const auto deadline = std::chrono::steady_clock::now() + longest_search;
    database_.stop_at(deadline);
    std::vector<TargetPlace> found;
    const auto add = [&](const HistoryQuestion& place, std::string_view name) {
        const auto at = time_of_newest(place, pages, upto);
        if (at && *at >= asked.from + millisecond && *at < asked.until) found.push_back({place.other, name, *at});
    };
    // Each page has a limit of its own.
    const auto is_late = [&] { return std::chrono::steady_clock::now() > deadline; };
    for (const HistoryQuestion& room : asked.places.rooms)
        if (!is_late()) add(room, room.room);
    const std::uint64_t account = asked.places.account;
    if (asked.places.has_talks && account != 0)
        for (const std::uint64_t other : correspondents_of(account, upto))
            if (!is_late()) add({.account = account, .other = other}, {});
    if (is_late()) return {};
    std::sort(found.begin(), found.end(), [](const TargetPlace& a, const TargetPlace& b) { return a.at < b.at; });
    if (found.size() > asked.limit) found.resize(asked.limit);
    std::string packed;
    for (const TargetPlace& place : found) append_target_place(packed, place);
    return TargetsAnswer{.account = account, .places = packed}.answer();
}

}  // namespace chat
