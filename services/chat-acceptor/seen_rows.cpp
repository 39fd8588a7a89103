// Marks never move back.
#include "chat-acceptor/seen_rows.h"

#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {

SeenRows::SeenRows(Database& database)
    : see_(database,
           "INSERT INTO seen (account, place, message) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
           " message = max(message, excluded.message)"),
      begin_(database, "INSERT OR IGNORE INTO seen (account, place, message) VALUES (?, ?, ?)"),
      read_until_(database,
                  "INSERT INTO read_until (reader, place, at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
                  " at = max(at, excluded.at)"),
      forget_seen_(database, "DELETE FROM seen WHERE account = ?"),
      forget_read_(database, "DELETE FROM read_until WHERE reader = ?") {}

void SeenRows::mark(const Record& record, const records::Seen& seen) {
    const std::string place = seen.other != 0 ? "talk:" + std::to_string(seen.other) : fold_case(seen.place);
    const std::int64_t account = seen.account;
    // Nobody has seen what is not written yet.
    const auto id = static_cast<std::int64_t>(std::min(seen.id, record.sequence));
    const bool counts_unread = seen.other != 0 || seen.place.starts_with("room:");  // otherwise a guest
    if (account != 0 && counts_unread) see_.bind(account).bind(place).bind(id).run();
    if (seen.at == 0) return;
    read_until_.bind(account != 0 ? account : -static_cast<std::int64_t>(record.session));
    read_until_.bind(place).bind(seen.at).run();
}

void SeenRows::begin(std::uint64_t account, const std::string& place, std::uint64_t id) {
    begin_.bind(static_cast<std::int64_t>(account)).bind(place).bind(static_cast<std::int64_t>(id)).run();
}

void SeenRows::forget_account(std::uint64_t account) {
    forget_seen_.bind(static_cast<std::int64_t>(account)).run();
    forget_read_.bind(static_cast<std::int64_t>(account)).run();
}

void SeenRows::forget_session(std::uint64_t session) {
    forget_read_.bind(-static_cast<std::int64_t>(session)).run();
}

}  // namespace chat
