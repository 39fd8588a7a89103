// What people see of the server's answers. The bytes are the server's own and its clients': everything is made fit for
// a terminal. What a server of another version leaves out is passed over.
#pragma once

#include "shared/varlink.h"

#include <string>

namespace chat {

// Lines, each with its line end.
[[nodiscard]] std::string status_text(const varlink::Json& status);
[[nodiscard]] std::string clients_text(const varlink::Json& clients);
[[nodiscard]] std::string config_text(const varlink::Json& settings);
[[nodiscard]] std::string event_text(const varlink::Json& event);
[[nodiscard]] std::string rooms_text(const varlink::Json& rooms);
[[nodiscard]] std::string groups_text(const varlink::Json& groups);
[[nodiscard]] std::string changes_text(const varlink::Json& answer);
[[nodiscard]] std::string kicked_text(const varlink::Json& answer);
[[nodiscard]] std::string forgotten_text(const varlink::Json& answer);
[[nodiscard]] std::string announced_text(const varlink::Json& answer);

}  // namespace chat
