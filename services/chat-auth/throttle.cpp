// The table of addresses.
#include "chat-auth/throttle.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace chat {

std::string throttled_address(std::string_view address) {
    const std::string text(address);
    in6_addr six{};
    if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return text;
    std::array<char, INET6_ADDRSTRLEN> spelled{};
    if (IN6_IS_ADDR_V4MAPPED(&six)) {
        ::inet_ntop(AF_INET, &six.s6_addr[12], spelled.data(), spelled.size());
        return spelled.data();
    }
    std::fill(std::begin(six.s6_addr) + 8, std::end(six.s6_addr), std::uint8_t{0});
    ::inet_ntop(AF_INET6, &six, spelled.data(), spelled.size());
    return std::string(spelled.data()) + "/64";
}

bool Throttle::is_closed(std::string_view address, Microseconds now) {
    const Microseconds until =
        database_->number("SELECT closed_until FROM throttle WHERE address = ?", throttled_address(address));
    // A clock that was set back must not close it for longer than the longest pause.
    return until > now && until - now <= longest_pause;
}

void Throttle::note_failure(std::string_view address, Microseconds now) {
    const std::string key = throttled_address(address);
    std::int64_t failures = 1;
    {
        AuthDatabase::Rows rows(*database_, "SELECT failures, last_at FROM throttle WHERE address = ?");
        rows.bind(key);
        if (rows.next() && now - rows.number(1) < memory) failures += rows.number(0);
    }
    Microseconds pause = 0;
    if (failures >= free_failures) {
        constexpr std::int64_t most_doublings = 5;
        pause = std::min(longest_pause, first_pause << std::min(failures - free_failures, most_doublings));
    }
    database_->run("INSERT OR REPLACE INTO throttle (address, failures, last_at, closed_until) VALUES (?, ?, ?, ?)",
                   key, failures, now, now + pause);
    forget_old(now);
    if (database_->number("SELECT count(*) FROM throttle") > most_addresses)
        database_->run(
            "DELETE FROM throttle WHERE address IN (SELECT address FROM throttle ORDER BY last_at LIMIT 100)");
}

void Throttle::forget_old(Microseconds now) {
    database_->run("DELETE FROM throttle WHERE last_at < ?", now - memory);
}

}  // namespace chat
