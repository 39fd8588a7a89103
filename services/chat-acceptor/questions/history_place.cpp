// Rooms, accounts and guests.
#include "chat-acceptor/questions/history_place.h"

#include "shared/text/text_rules.h"

#include <algorithm>

namespace chat {

const char* condition_of(const HistoryQuestion& asked) noexcept {
    if (asked.other != 0)
        return "m.kind = 'direct' AND m.discarded = 0 AND (m.sender_account, m.receiver_account) IN (VALUES (?3, ?4),"
               " (?4, ?3))";
    if (!asked.guest.empty())
        return "m.kind = 'direct' AND m.discarded = 0 AND (m.sender_account = ?3 AND m.receiver_account IS NULL AND"
               " r.name = ?4 COLLATE NOCASE OR m.receiver_account = ?3 AND m.sender_account IS NULL AND"
               " coalesce(m.sender_name_then, s.name) = ?4 COLLATE NOCASE)";
    if (asked.is_lobby)
        return "(m.kind = 'broadcast' OR m.kind = 'room' AND m.channel = ?3 COLLATE NOCASE) AND ?4 IS NULL";
    return "m.kind = 'room' AND m.channel = ?3 COLLATE NOCASE AND ?4 IS NULL";
}

IndexedPlace indexed_place(const HistoryQuestion& asked) {
    if (!asked.guest.empty()) return {"guest", std::to_string(asked.account) + ':' + fold_case(asked.guest)};
    if (asked.other == 0) return {"room", fold_case(asked.room)};
    const auto [lower, higher] = std::minmax(asked.account, asked.other);
    return {"talk", std::to_string(lower) + ':' + std::to_string(higher)};
}

std::string topics_in_order(const char* order) {
    return std::string(
               "SELECT t.id, t.at, t.proven, t.name, s.client_id, t.text FROM topic t"
               " LEFT JOIN session s ON s.session = t.session WHERE t.room = ? AND t.id BETWEEN ? AND ?"
               " AND t.text IS NOT NULL ORDER BY t.id ") +
           order + " LIMIT ?";
}

}  // namespace chat
