// Certificates with which people log in without a password, by their fingerprints. Each belongs to one account.
#pragma once

#include "chat-auth/auth_database.h"
#include "shared/system/clock.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chat {

class Certificates {
  public:
    static constexpr std::size_t most = 16;  // of an account

    explicit Certificates(AuthDatabase& database) : database_(&database) {}

    // The account's number; 0: it belongs to none. `fingerprint` has 64 hexadecimal digits in lower case.
    [[nodiscard]] std::uint64_t owner_of(std::string_view fingerprint);
    [[nodiscard]] bool has_room(std::uint64_t account);

    // Call the functions that change something within a change of the database.
    void add(std::string_view fingerprint, std::uint64_t account, Microseconds now);
    void remove(std::string_view fingerprint, std::uint64_t account);
    void forget_those_of(std::uint64_t account);

  private:
    AuthDatabase* database_;
};

}  // namespace chat
