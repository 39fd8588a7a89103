// Inserting and deleting.
#include "chat-delivery/log/kept_rows.h"

#include "shared/records/history.h"
#include "shared/records/message.h"
#include "shared/records/session.h"

#include <algorithm>
#include <limits>

namespace chat {
namespace {

constexpr Microseconds kept_day = 86'400'000'000;
constexpr std::int64_t old_rows_a_step = 500;

std::int64_t row_number(std::uint64_t number) noexcept {
    return static_cast<std::int64_t>(
        std::min(number, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
}

}  // namespace

KeptRows::KeptRows(Database& database)
    : database_(&database),
      insert_(database,
              "INSERT OR IGNORE INTO kept (message, account, since, at, sender, sender_id, sender_name, sender_account,"
              " text, form) VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6, nullif(?7, 0), ?8, nullif(?9, ''))"),
      copy_(database,
            "INSERT OR IGNORE INTO kept (message, account, since, at, sender, sender_id, sender_name, sender_account,"
            " form, text) SELECT id, ?2, ifnull(nullif(?3, 0), id), at, sender, ?4, coalesce(sender_name_then, ''),"
            " sender_account, form, text FROM message WHERE id = ?1 AND text IS NOT NULL"),
      hold_(database, "UPDATE kept SET since = max(since, ?) WHERE message = ?"),
      given_(database,
             "SELECT message FROM kept WHERE account = ? AND message <= ? AND (since = message OR since <= ?)"),
      remove_(database, "DELETE FROM kept WHERE message = ?"),
      remove_old_(database, "DELETE FROM kept WHERE message IN (SELECT message FROM kept WHERE at < ? LIMIT ?)") {}

void KeptRows::add(const Record& record) {
    const auto message = records::Message::of(record);
    insert_.bind(row_number(record.sequence))
        .bind(message.receiver_account)
        .bind(record.at)
        .bind(row_number(record.session))
        .bind(record.sender_id)
        .bind(record.name)
        .bind(message.account)
        .bind(message.text)
        .bind(records::word_of_form(message.form))
        .run();
}

void KeptRows::add(const UnsentMessage& message, std::uint64_t since) {
    copy_.bind(row_number(message.id)).bind(message.account).bind(row_number(since)).bind(message.from).run();
}

// A session's gift is what was kept by a record before this one.
void KeptRows::hold(const Record& record) {
    std::string_view rows = records::kept_rows_in(record);
    while (const auto row = take_history_info(rows))
        hold_.bind(row_number(record.sequence)).bind(row_number(row->id)).run();
}

void KeptRows::remove(std::uint64_t message) {
    remove_.bind(row_number(message)).run();
}

void KeptRows::end(const KeptGift& gift, const std::vector<UnsentMessage>& unsent) {
    if (gift.account == 0) return;
    std::vector<std::int64_t> received;
    given_.bind(gift.account).bind(row_number(gift.upto)).bind(row_number(gift.since));
    while (given_.step()) {
        const std::int64_t id = given_.number(0);
        const bool is_unsent = std::any_of(unsent.begin(), unsent.end(), [id](const UnsentMessage& message) {
            return message.is_kept() && row_number(message.id) == id;
        });
        if (!is_unsent) received.push_back(id);
    }
    for (const std::int64_t id : received) remove_.bind(id).run();
}

bool KeptRows::retain(Microseconds now, std::int64_t keep_days) {
    if (keep_days <= 0) return false;
    const Microseconds cutoff = now - keep_days * kept_day;
    // Query first: it takes no lock that blocks a writer, and usually there is nothing to delete.
    if (database_->query_number(
            ("SELECT EXISTS (SELECT 1 FROM kept WHERE at < " + std::to_string(cutoff) + ")").c_str()) == 0)
        return false;
    remove_old_.bind(cutoff).bind(old_rows_a_step).run();
    return true;
}

}  // namespace chat
