// The table of addresses.
#include "chat-auth/throttle.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <utility>

namespace chat {
namespace {

std::string key_of_names(std::string_view address) {
    return "names of " + throttled_address(address);
}

}  // namespace

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
    return is_closed_for(throttled_address(address), now);
}

bool Throttle::is_closed_to_names(std::string_view address, Microseconds now) {
    return is_closed_for(key_of_names(address), now);
}

void Throttle::note_failure(std::string_view address, Microseconds now) {
    const std::string key = throttled_address(address);
    const std::int64_t failures = count_of(key, now) + 1;
    Microseconds pause = 0;
    if (failures >= free_failures) {
        constexpr std::int64_t most_doublings = 5;
        pause = std::min(longest_pause, first_pause << std::min(failures - free_failures, most_doublings));
    }
    note(key, failures, now, pause);
}

void Throttle::note_name(std::string_view address, std::uint64_t free, Microseconds now) {
    const std::string key = key_of_names(address);
    const std::int64_t names = count_of(key, now) + 1;
    note(key, names, now, std::cmp_greater_equal(names, free) ? pause_of_names : 0);
}

bool Throttle::is_closed_for(const std::string& key, Microseconds now) {
    const Microseconds until = database_->number("SELECT closed_until FROM throttle WHERE address = ?", key);
    // A clock that was set back must not close it for longer than the longest pause.
    return until > now && until - now <= longest_pause;
}

std::int64_t Throttle::count_of(const std::string& key, Microseconds now) {
    AuthDatabase::Rows rows(*database_, "SELECT failures, last_at FROM throttle WHERE address = ?");
    rows.bind(key);
    return rows.next() && now - rows.number(1) < memory ? rows.number(0) : 0;
}

void Throttle::note(const std::string& key, std::int64_t count, Microseconds now, Microseconds pause) {
    database_->run("INSERT OR REPLACE INTO throttle (address, failures, last_at, closed_until) VALUES (?, ?, ?, ?)",
                   key, count, now, now + pause);
    forget_old(now);
    if (database_->number("SELECT count(*) FROM throttle") > most_addresses)
        database_->run(
            "DELETE FROM throttle WHERE address IN (SELECT address FROM throttle ORDER BY last_at LIMIT 100)");
}

void Throttle::forget_old(Microseconds now) {
    database_->run("DELETE FROM throttle WHERE last_at < ?", now - memory);
}

}  // namespace chat
