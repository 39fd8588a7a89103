// Tickets: for half a minute, one of them proves once that a connection belongs to a user of this host. They are
// random; the database has only their hashes.
#pragma once

#include "chat-auth/auth_database.h"
#include "shared/system/clock.h"
#include "shared/system/secret.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

class Tickets {
  public:
    static constexpr Microseconds lifetime = 30'000'000;
    static constexpr std::int64_t most = 8;  // of one user that are valid and unused

    explicit Tickets(AuthDatabase& database) : database_(&database) {}

    [[nodiscard]] bool has_room(std::uint32_t uid, Microseconds now);
    // The name of the user whom it was issued to, while it is valid.
    [[nodiscard]] std::optional<std::string> find_user(std::string_view ticket, Microseconds now);

    // Call the functions that change something within a change of the database.
    [[nodiscard]] Secret make(std::string_view user, std::uint32_t uid, Microseconds now);
    void use_up(std::string_view ticket);

  private:
    AuthDatabase* database_;
};

}  // namespace chat
