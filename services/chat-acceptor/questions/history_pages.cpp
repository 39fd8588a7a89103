// Reading rows, and cutting a page out of them.
#include "chat-acceptor/questions/history_pages.h"

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

std::int64_t bound(std::uint64_t number) noexcept {
    return static_cast<std::int64_t>(std::min(number, highest_id));
}

std::uint64_t unsigned_of(std::int64_t number) noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

// Which rows belong to a place; its parameters are the last ones of the query.
const char* condition_of(const HistoryQuestion& asked) noexcept {
    if (asked.other != 0)
        return "m.kind = 'direct' AND m.discarded = 0 AND (m.sender_account, m.receiver_account) IN (VALUES (?4, ?5),"
               " (?5, ?4))";
    if (asked.is_lobby)
        return "(m.kind = 'broadcast' OR m.kind = 'room' AND m.channel = ?4 COLLATE NOCASE) AND ?5 IS NULL";
    return "m.kind = 'room' AND m.channel = ?4 COLLATE NOCASE AND ?5 IS NULL";
}

MessageScope scope_of(std::string_view kind) noexcept {
    if (kind == word_of(MessageScope::direct)) return MessageScope::direct;
    return kind == word_of(MessageScope::room) ? MessageScope::room : MessageScope::broadcast;
}

}  // namespace

HistoryPages::HistoryPages(const std::string& directory)
    : database_(directory, Database::Access::read),
      state_(database_, "SELECT value FROM history_state WHERE key = ?"),
      next_(database_, "SELECT id, at FROM message WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1") {}

std::size_t HistoryPages::Row::line_size(const HistoryQuestion& asked) const noexcept {
    return largest_line_without_names + name.size() + asked.room.size() + text.size();
}

Answer HistoryPages::read(const HistoryQuestion& asked, std::uint64_t upto) {
    database_.stop_at(std::chrono::steady_clock::now() + longest_read);
    const Snapshot snapshot(database_);
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
    Rows older;
    if (asked.middle > low) older = find(asked, {low, std::min(high, asked.middle - 1)}, Order::newest_first, most);
    return page_of(asked, upto, std::move(older),
                   find(asked, {std::max(low, asked.middle), high}, Order::oldest_first, most));
}

std::uint64_t HistoryPages::number_of(const char* key) {
    const std::uint64_t number = state_.bind(std::string_view(key)).step() ? unsigned_of(state_.number(0)) : 0;
    state_.reset();
    return number;
}

HistoryPages::Range HistoryPages::visible_range(const HistoryQuestion& asked, std::uint64_t upto) {
    Range range{std::max({number_of("begin") + 1, asked.opened, asked.joined, asked.lowest}),
                std::min({asked.highest, upto, highest_id})};
    const Microseconds since = std::max(asked.registered, asked.since);
    if (since > 0) range.low = first_since(since, range);
    return range;
}

// The id of the first row in the range from this time on. Times increase with ids, unless the clock was set back.
std::uint64_t HistoryPages::first_since(Microseconds time, Range range) {
    std::uint64_t low = range.low;
    std::uint64_t high = std::max(range.high + 1, low);
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const bool is_there = next_.bind(bound(middle)).bind(bound(high - 1)).step();
        const std::uint64_t id = is_there ? unsigned_of(next_.number(0)) : high;
        const bool is_early = is_there && next_.number(1) < time;
        next_.reset();
        if (is_early)
            low = id + 1;
        else
            high = middle;
    }
    return low;
}

HistoryPages::Rows HistoryPages::find(const HistoryQuestion& asked, Range range, Order order, std::uint64_t most) {
    Rows rows;
    if (range.low > range.high || most == 0) return rows;
    Statement query(database_,
                    (std::string("SELECT m.id, m.at, m.kind, m.sender_account IS NOT NULL,"
                                 " coalesce(m.sender_name_then, s.name), s.client_id, r.client_id, m.form, m.text"
                                 " FROM message m LEFT JOIN session s ON s.session = m.sender"
                                 " LEFT JOIN session r ON r.session = m.receiver"
                                 " WHERE m.id BETWEEN ?1 AND ?2 AND m.text IS NOT NULL AND ") +
                     condition_of(asked) +
                     (order == Order::oldest_first ? " ORDER BY m.id LIMIT ?3" : " ORDER BY m.id DESC LIMIT ?3"))
                        .c_str());
    query.bind(bound(range.low)).bind(bound(range.high)).bind(bound(most));
    if (asked.other != 0)
        query.bind(bound(asked.account)).bind(bound(asked.other));
    else
        query.bind(asked.room).bind_null();
    std::size_t bytes = 0;
    // What exceeds the size of a page will not be in it. A second row says that there are more.
    while ((bytes <= asked.bytes || rows.size() < 2) && query.step()) {
        Row& row = rows.emplace_back();
        row.info = {.id = unsigned_of(query.number(0)),
                    .at = query.number(1),
                    .from = static_cast<std::uint32_t>(query.number(5)),
                    .to = static_cast<std::uint32_t>(query.number(6)),
                    .scope = scope_of(query.text(2)),
                    .has_account = query.number(3) != 0};
        row.name = query.text(4).substr(0, max_name_size);
        row.form = query.text(7).substr(0, max_name_size);
        row.text = query.text(8);
        bytes += row.line_size(asked);
    }
    return rows;
}

// `older` has its newest row first, `newer` its oldest. The page grows from where they meet, on both sides alike.
Answer HistoryPages::page_of(const HistoryQuestion& asked, std::uint64_t upto, Rows older, Rows newer) const {
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
                         .upto = upto,
                         .count = before + after,
                         .more = before < older.size() || after < newer.size(),
                         .rows = packed}
        .answer();
}

}  // namespace chat
