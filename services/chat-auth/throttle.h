// Slows down guessing, by the address it comes from: the account is never locked, otherwise anybody could lock it. Five
// wrong secrets are free; after that an address has to wait 10 s after each, then 20 s and so on up to 5 minutes. Ten
// minutes without a wrong secret make it equal to all others again. And the registration of names: some are free, then
// there is one every 10 s, until an address has registered none for ten minutes.
#pragma once

#include "chat-auth/auth_database.h"
#include "shared/system/clock.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

// What an address counts as: an IPv6 address its /64 network, an IPv4-mapped one the IPv4 address. Anything else counts
// as itself.
[[nodiscard]] std::string throttled_address(std::string_view address);

class Throttle {
  public:
    explicit Throttle(AuthDatabase& database) : database_(&database) {}

    // Does this address have to wait?
    [[nodiscard]] bool is_closed(std::string_view address, Microseconds now);
    // A wrong secret came from it. Call within a change of the database.
    void note_failure(std::string_view address, Microseconds now);

    // The same for names: those that were registered without a token; `free` of them at once.
    [[nodiscard]] bool is_closed_to_names(std::string_view address, Microseconds now);
    void note_name(std::string_view address, std::uint64_t free, Microseconds now);

    // Addresses whose failures and names count no more.
    void forget_old(Microseconds now);

    static constexpr std::int64_t free_failures = 5;
    static constexpr Microseconds first_pause = 10'000'000;
    static constexpr Microseconds longest_pause = 300'000'000;
    static constexpr Microseconds memory = 600'000'000;
    static constexpr Microseconds pause_of_names = 10'000'000;
    static constexpr std::int64_t most_addresses = 10'000;

  private:
    [[nodiscard]] bool is_closed_for(const std::string& key, Microseconds now);
    [[nodiscard]] std::int64_t count_of(const std::string& key, Microseconds now);
    void note(const std::string& key, std::int64_t count, Microseconds now, Microseconds pause);

    AuthDatabase* database_;
};

}  // namespace chat
