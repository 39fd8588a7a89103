// Reading rows, and cutting a page out of them.
#include "chat-acceptor/questions/history_pages.h"

#include "chat-acceptor/questions/history_place.h"
#include "shared/log/id_block.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace chat {
namespace {

using Side = HistoryQuestion::Select;

constexpr std::chrono::seconds longest_read{1};
constexpr std::uint64_t highest_id = ~std::uint64_t{0} >> 1U;  // SQLite's integers have 63 bits
constexpr std::size_t largest_line_without_names = 152;
constexpr std::uint64_t most_searched = 500'000;  // ids

constexpr const char* columns =
    "SELECT m.id, m.at, m.kind, m.sender_account IS NOT NULL, coalesce(m.sender_name_then, s.name), s.client_id,"
    " r.client_id, m.form, m.text FROM message m LEFT JOIN session s ON s.session = m.sender"
    " LEFT JOIN session r ON r.session = m.receiver";

std::int64_t bound(std::uint64_t number) noexcept {
    return static_cast<std::int64_t>(std::min(number, highest_id));
}

std::uint64_t unsigned_of(std::int64_t number) noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

MessageScope scope_of(std::string_view kind) noexcept {
    if (kind == word_of(MessageScope::direct)) return MessageScope::direct;
    return kind == word_of(MessageScope::room) ? MessageScope::room : MessageScope::broadcast;
}

}  // namespace

HistoryPages::HistoryPages(const std::string& directory)
    : database_(directory, Database::Access::read),
      state_(database_, "SELECT value FROM history_state WHERE key = ?"),
      next_(database_, "SELECT id, at FROM message WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1"),
      next_topic_(database_, "SELECT id, at FROM topic WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1"),
      newest_topics_(database_, topics_in_order("DESC").c_str()),
      oldest_topics_(database_, topics_in_order("ASC").c_str()),
      place_(database_, "SELECT place FROM place WHERE kind = ? AND name = ?"),
      room_(database_, "SELECT history, since, keep_days FROM room WHERE name = ?"),
      row_(database_, (std::string(columns) + " WHERE m.id = ? AND m.text IS NOT NULL AND (m.kind <> 'direct' OR"
                                              " m.discarded = 0)")
                          .c_str()),
      newest_blocks_(database_,
                     "SELECT first, last, ids FROM history WHERE place = ? AND first <= ? ORDER BY first DESC"),
      oldest_blocks_(database_,
                     "SELECT first, last, ids FROM history WHERE place = ?1 AND first >= coalesce((SELECT max(first)"
                     " FROM history WHERE place = ?1 AND first <= ?2), 0) ORDER BY first") {}

std::size_t HistoryPages::Row::line_size(const HistoryQuestion& asked) const noexcept {
    return largest_line_without_names + name.size() + asked.room.size() + text.size();
}

Answer HistoryPages::read(const HistoryQuestion& question, std::uint64_t upto) {
    database_.stop_at(std::chrono::steady_clock::now() + longest_read);
    const Snapshot snapshot(database_);
    const auto allowed = with_settings(question);
    if (!allowed)
        return HistoryAnswer{.refusal = ErrorCode::history_off, .account = question.account, .other = question.other}
            .answer();
    const HistoryQuestion& asked = *allowed;
    const auto [low, high] = visible_range(asked, upto);
    // One more than the page has: then there are more.
    const std::uint64_t most = asked.limit == 0 ? 0 : asked.limit + 1;
    switch (asked.select) {
        case Side::newest:
            return page_of(asked, upto, find(asked, {low, high}, Order::newest_first, most), {});
        case Side::oldest:
            return page_of(asked, upto, {}, find(asked, {low, high}, Order::oldest_first, most));
        case Side::around:
            break;
    }
    const std::uint64_t middle =
        asked.middle_at > 0 ? first_since(asked.middle_at, {low, high}, asked.has_topics) : asked.middle;
    Found older;
    if (middle > low) older = find(asked, {low, std::min(high, middle - 1)}, Order::newest_first, most);
    return page_of(asked, upto, std::move(older),
                   find(asked, {std::max(low, middle), high}, Order::oldest_first, most));
}

std::optional<std::uint64_t> HistoryPages::lowest_visible(const HistoryQuestion& room, std::uint64_t upto) {
    database_.stop_at(std::chrono::steady_clock::now() + longest_read);
    const Snapshot snapshot(database_);
    const auto allowed = with_settings(room);
    return allowed ? std::optional(visible_range(*allowed, upto).low) : std::nullopt;
}

std::uint64_t HistoryPages::newest_before(Microseconds time, std::uint64_t upto) {
    database_.stop_at(std::chrono::steady_clock::now() + longest_read);
    const Snapshot snapshot(database_);
    const std::uint64_t newest = unsigned_of(database_.query_number("SELECT max(id) FROM message"));
    return first_since(time, {1, std::min(newest, upto)}) - 1;
}

std::uint64_t HistoryPages::number_of(const char* key) {
    const std::uint64_t number = state_.bind(std::string_view(key)).step() ? unsigned_of(state_.number(0)) : 0;
    state_.reset();
    return number;
}

std::optional<HistoryQuestion> HistoryPages::with_settings(HistoryQuestion asked) {
    constexpr Microseconds day = 86'400'000'000;
    if (asked.is_conversation()) return asked;
    bool is_off = false;
    if (room_.bind(asked.room).step()) {
        is_off = room_.text(0) == "off";
        if (room_.text(0) == "on") asked.opened = unsigned_of(room_.number(1));
        const std::int64_t days = room_.number(2);
        if (days > 0) asked.registered = std::max(asked.registered, wall_clock() - days * day);
    }
    room_.reset();
    return is_off ? std::nullopt : std::optional(asked);
}

HistoryPages::Range HistoryPages::visible_range(const HistoryQuestion& asked, std::uint64_t upto) {
    Range range{std::max({number_of("begin") + 1, asked.opened, asked.joined, asked.lowest}),
                std::min({asked.highest, upto, highest_id})};
    const Microseconds since = std::max(asked.registered, asked.since);
    if (since > 0) range.low = first_since(since, range, asked.has_topics);
    if (asked.until > 0) range.high = std::min(range.high, first_since(asked.until, range, asked.has_topics) - 1);
    return range;
}

// The id of the first row in the range from this time on. Times increase with ids, unless the clock was set back.
std::uint64_t HistoryPages::first_since(Microseconds time, Range range, bool with_topics) {
    std::uint64_t low = range.low;
    std::uint64_t high = std::max(range.high + 1, low);
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        std::uint64_t id = high;
        bool is_early = false;
        const auto look = [&](Statement& next) {
            if (next.bind(bound(middle)).bind(bound(high - 1)).step() && unsigned_of(next.number(0)) < id) {
                id = unsigned_of(next.number(0));
                is_early = next.number(1) < time;
            }
            next.reset();
        };
        look(next_);
        if (with_topics) look(next_topic_);
        if (is_early)
            low = id + 1;
        else
            high = middle;
    }
    return low;
}

HistoryPages::Found HistoryPages::find(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most) {
    Found found = find_messages(asked, range, order, most);
    if (asked.has_topics && !asked.room.empty() && range.low <= range.high && most > 0)
        add_topics(asked, range, order, most, found);
    return found;
}

void HistoryPages::add_topics(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most,
                              Found& found) {
    const bool is_newest = order == Order::newest_first;
    if (!found.is_complete || is_full(asked, found, most)) {
        if (found.rows.empty()) return;
        (is_newest ? range.low : range.high) = found.rows.back().info.id;
    }
    Statement& topics = is_newest ? newest_topics_ : oldest_topics_;
    topics.bind(asked.room).bind(bound(range.low)).bind(bound(range.high)).bind(bound(most));
    while (topics.step()) {
        Row& row = found.rows.emplace_back();
        row.info = {.id = unsigned_of(topics.number(0)),
                    .at = topics.number(1),
                    .from = static_cast<std::uint32_t>(topics.number(4)),
                    .has_account = topics.number(2) != 0};
        row.name = topics.text(3).substr(0, max_name_size);
        row.form = form_of_topic;
        row.text = topics.text(5);
    }
    topics.reset();
    std::sort(found.rows.begin(), found.rows.end(), [is_newest](const Row& a, const Row& b) {
        return is_newest ? a.info.id > b.info.id : a.info.id < b.info.id;
    });
    if (found.rows.size() > most) found.rows.resize(most);
}

HistoryPages::Found HistoryPages::find_messages(const HistoryQuestion& asked, Range range, Order order,
                                                std::uint64_t most) {
    Found found;
    if (range.low > range.high || most == 0) return found;
    const std::uint64_t indexed = number_of("indexed");
    const Range with_index{range.low, std::min(range.high, indexed)};
    // Numbers above the newest row belong to records of other kinds.
    const std::uint64_t newest = unsigned_of(database_.query_number("SELECT max(id) FROM message"));
    const Range without{std::max(range.low, indexed + 1), std::min(range.high, newest)};
    // If the index is far behind, only so many rows are searched.
    Range searched = without;
    const bool is_far_behind = without.low <= without.high && without.high - without.low >= most_searched;
    if (order == Order::newest_first) {
        if (is_far_behind) searched.low = without.high - most_searched + 1;
        find_unindexed(asked, searched, order, most, found);
        found.is_complete = !is_far_behind || is_full(asked, found, most);
        if (found.is_complete) find_indexed(asked, with_index, order, most, found);
        return found;
    }
    if (is_far_behind) searched.high = without.low + most_searched - 1;
    find_indexed(asked, with_index, order, most, found);
    find_unindexed(asked, searched, order, most, found);
    found.is_complete = !is_far_behind || is_full(asked, found, most);
    return found;
}

// What exceeds the size of a page will not be in it. A second row says that there are more.
bool HistoryPages::is_full(const HistoryQuestion& asked, const Found& found, std::uint64_t most) noexcept {
    return found.rows.size() >= most || (found.bytes > asked.bytes && found.rows.size() >= 2);
}

void HistoryPages::find_indexed(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most,
                                Found& found) {
    if (range.low > range.high || is_full(asked, found, most)) return;
    const IndexedPlace indexed = indexed_place(asked);
    place_.bind(indexed.kind).bind(indexed.name);
    const std::int64_t place = place_.step() ? place_.number(0) : 0;
    place_.reset();
    if (place == 0) return;
    const bool is_newest = order == Order::newest_first;
    Statement& blocks = is_newest ? newest_blocks_ : oldest_blocks_;
    blocks.bind(place).bind(bound(is_newest ? range.high : range.low));
    while (!is_full(asked, found, most) && blocks.step()) {
        if (is_newest ? unsigned_of(blocks.number(1)) < range.low : unsigned_of(blocks.number(0)) > range.high) break;
        std::vector<std::uint64_t> ids = unpack_ids(unsigned_of(blocks.number(0)), blocks.text(2));
        if (is_newest) std::reverse(ids.begin(), ids.end());
        for (const std::uint64_t id : ids) {
            if (id < range.low || id > range.high) continue;
            if (is_full(asked, found, most)) break;
            if (row_.bind(bound(id)).step()) take(asked, row_, found);
            row_.reset();
        }
    }
    blocks.reset();
}

void HistoryPages::find_unindexed(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most,
                                  Found& found) {
    if (range.low > range.high || is_full(asked, found, most)) return;
    Statement query(database_, (std::string(columns) + " WHERE m.id BETWEEN ?1 AND ?2 AND m.text IS NOT NULL AND " +
                                condition_of(asked) + " ORDER BY m.id" + (order == Order::oldest_first ? "" : " DESC"))
                                   .c_str());
    query.bind(bound(range.low)).bind(bound(range.high));
    if (asked.other != 0)
        query.bind(bound(asked.account)).bind(bound(asked.other));
    else if (!asked.guest.empty())
        query.bind(bound(asked.account)).bind(asked.guest);
    else
        query.bind(asked.room).bind_null();
    while (!is_full(asked, found, most) && query.step()) take(asked, query, found);
}

void HistoryPages::take(const HistoryQuestion& asked, const Statement& from, Found& found) {
    Row& row = found.rows.emplace_back();
    row.info = {.id = unsigned_of(from.number(0)),
                .at = from.number(1),
                .from = static_cast<std::uint32_t>(from.number(5)),
                .to = static_cast<std::uint32_t>(from.number(6)),
                .scope = scope_of(from.text(2)),
                .has_account = from.number(3) != 0};
    row.name = from.text(4).substr(0, max_name_size);
    row.form = from.text(7).substr(0, max_name_size);
    row.text = from.text(8);
    found.bytes += row.line_size(asked);
}

// `older` has its newest row first, `newer` its oldest. The page grows from where they meet, on both sides alike.
Answer HistoryPages::page_of(const HistoryQuestion& asked, std::uint64_t upto, Found found_older, Found found_newer) {
    Rows& older = found_older.rows;
    Rows& newer = found_newer.rows;
    const bool is_complete = found_older.is_complete && found_newer.is_complete;
    std::size_t before = 0;
    std::size_t after = 0;
    std::size_t bytes = 0;
    while (before + after < asked.limit && (before < older.size() || after < newer.size())) {
        const bool is_newer = before == older.size() || (after < newer.size() && after <= before);
        bytes += (is_newer ? newer[after] : older[before]).line_size(asked);
        if (bytes > asked.bytes && before + after > 0) break;
        ++(is_newer ? after : before);
    }
    std::string packed;
    const auto append = [&packed](Row& row) {
        row.info.name = row.name;
        row.info.form = row.form;
        row.info.text = row.text;
        append_history_info(packed, row.info);
    };
    std::for_each(std::make_reverse_iterator(older.begin() + static_cast<std::ptrdiff_t>(before)), older.rend(),
                  append);
    std::for_each(newer.begin(), newer.begin() + static_cast<std::ptrdiff_t>(after), append);
    return HistoryAnswer{.account = asked.account,
                         .other = asked.other,
                         .upto = upto,
                         .count = before + after,
                         .more = before < older.size() || after < newer.size() || !is_complete,
                         .complete = is_complete,
                         .rows = packed}
        .answer();
}

}  // namespace chat
