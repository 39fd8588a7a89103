// The table of certificates.
#include "chat-auth/certificates.h"

namespace chat {

std::uint64_t Certificates::owner_of(std::string_view fingerprint) {
    return static_cast<std::uint64_t>(
        database_->number("SELECT account FROM certificate WHERE sha256 = ?", fingerprint));
}

bool Certificates::has_room(std::uint64_t account) {
    return database_->number("SELECT count(*) FROM certificate WHERE account = ?", account) <
           static_cast<std::int64_t>(most);
}

void Certificates::add(std::string_view fingerprint, std::uint64_t account, Microseconds now) {
    database_->run("INSERT OR IGNORE INTO certificate (sha256, account, added_at) VALUES (?, ?, ?)", fingerprint,
                   account, now);
}

void Certificates::remove(std::string_view fingerprint, std::uint64_t account) {
    database_->run("DELETE FROM certificate WHERE sha256 = ? AND account = ?", fingerprint, account);
}

void Certificates::forget_those_of(std::uint64_t account) {
    database_->run("DELETE FROM certificate WHERE account = ?", account);
}

}  // namespace chat
