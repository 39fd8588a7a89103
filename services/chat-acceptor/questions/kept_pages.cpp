// Two queries.
#include "chat-acceptor/questions/kept_pages.h"

#include "shared/records/history.h"
#include "shared/text/text_rules.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace chat {
namespace {

constexpr std::chrono::seconds longest_look{5};

// Parameters: the account, the highest record, the lowest id without, and what a session has received.
constexpr const char* those_that_wait =
    " FROM kept WHERE account = ?1 AND since <= ?2 AND message > ?3 AND NOT (message <= ?4 AND (since = message OR "
    "since"
    " <= ?5))";

std::int64_t stored(std::uint64_t number) noexcept {
    return static_cast<std::int64_t>(
        std::min(number, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
}

std::uint64_t read_number(const Statement& row, int column) noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(row.number(column), 0));
}

}  // namespace

KeptPages::KeptPages(const std::string& directory)
    : database_(directory, Database::Access::read),
      count_(database_, (std::string("SELECT count(*)") + those_that_wait).c_str()),
      rows_(database_,
            (std::string("SELECT message, at, sender_id, sender_account IS NOT NULL, sender_name, form, text") +
             those_that_wait + " ORDER BY message")
                .c_str()) {}

Answer KeptPages::read(const KeptQuestion& asked, std::uint64_t upto) {
    database_.stop_at(std::chrono::steady_clock::now() + longest_look);
    const Snapshot snapshot(database_);
    const auto bind = [&](Statement& query) {
        query.bind(asked.account).bind(stored(upto)).bind(stored(asked.after));
        query.bind(stored(asked.received.upto)).bind(stored(asked.received.since));
    };
    KeptAnswer answer{.account = asked.account, .upto = upto};
    bind(count_);
    if (count_.step()) answer.count = read_number(count_, 0);
    count_.reset();
    if (asked.what == KeptQuestion::What::count || answer.count == 0) {
        Answer counted = answer.answer(asked.login);
        counted.is_preliminary = asked.what == KeptQuestion::What::count;
        return counted;
    }
    std::string rows;
    std::size_t bytes = 0;
    bind(rows_);
    while (rows_.step()) {
        const HistoryInfo row{.id = read_number(rows_, 0),
                              .at = rows_.number(1),
                              .from = static_cast<std::uint32_t>(rows_.number(2)),
                              .scope = MessageScope::direct,
                              .has_account = rows_.number(3) != 0,
                              .name = rows_.text(4).substr(0, max_name_size),
                              .form = rows_.text(5).substr(0, max_name_size),
                              .text = rows_.text(6)};
        bytes += line_size_of(row);
        if (bytes > asked.bytes && !rows.empty()) {
            answer.more = true;
            break;
        }
        append_history_info(rows, row);
        answer.last = row.id;
    }
    rows_.reset();
    answer.rows = rows;
    return answer.answer(asked.login);
}

}  // namespace chat
