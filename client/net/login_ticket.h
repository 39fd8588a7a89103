// Tickets, with which users of the server's host log in without a password: chat-auth issues them on a Unix socket.
#pragma once

#include "client/net/server_address.h"

#include <optional>
#include <string>
#include <string_view>

namespace chat {

// Where chat-auth of the server listens: `configured`, or if that is empty the usual place, for a server at its usual
// port. Empty: nowhere. Another server must not receive a ticket of this one.
[[nodiscard]] std::string login_socket_of(const ServerAddress& server, const std::string& configured);

// A ticket for `name`, if that is the user's own name and the server at the other end of `connection` is on this host.
// Waits two seconds at most.
[[nodiscard]] std::optional<std::string> login_ticket(const std::string& socket_path, std::string_view name,
                                                      int connection);

}  // namespace chat
