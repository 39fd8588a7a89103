// The table of tickets.
#include "chat-auth/tickets.h"

#include "chat-auth/request.h"
#include "chat-auth/tokens.h"
#include "shared/system/random_token.h"

namespace chat {

bool Tickets::has_room(std::uint32_t uid, Microseconds now) {
    return database_->number("SELECT count(*) FROM ticket WHERE uid = ? AND expires_at > ?", uid, now) < most;
}

std::optional<std::string> Tickets::find_user(std::string_view ticket, Microseconds now) {
    const std::string sha256 = sha256_of(ticket);
    // A clock that was set back must not make it valid for longer.
    AuthDatabase::Rows rows(*database_,
                            "SELECT user FROM ticket WHERE sha256 = ? AND expires_at > ? AND expires_at <= ?");
    rows.bind(sha256);
    rows.bind(now);
    rows.bind(now + lifetime);
    return rows.next() ? std::optional(rows.text(0)) : std::nullopt;
}

Secret Tickets::make(std::string_view user, std::uint32_t uid, Microseconds now) {
    Secret ticket(ticket_prefix);
    ticket.append(random_token().view());
    database_->run("DELETE FROM ticket WHERE expires_at <= ?", now);
    database_->run("INSERT INTO ticket (sha256, user, uid, expires_at) VALUES (?, ?, ?, ?)", sha256_of(ticket.view()),
                   user, uid, now + lifetime);
    return ticket;
}

void Tickets::use_up(std::string_view ticket) {
    database_->run("DELETE FROM ticket WHERE sha256 = ?", sha256_of(ticket));
}

}  // namespace chat
