// What people see of the server's answers. The bytes come from the server and its clients: everything is made fit for a
// terminal. Fields that a server of another version leaves out are skipped.
#pragma once

#include "control/arguments.h"
#include "shared/system/varlink.h"

#include <string>

namespace chat {

// Prints the whole answer for programs, or a text for people.
void show(const Arguments& arguments, const Json& answer, const std::string& text);

// Lines, each with its line end.
[[nodiscard]] std::string status_text(const Json& status);
[[nodiscard]] std::string clients_text(const Json& clients);
[[nodiscard]] std::string config_text(const Json& settings);
[[nodiscard]] std::string event_text(const Json& event);
[[nodiscard]] std::string accounts_text(const Json& accounts);
[[nodiscard]] std::string message_text(const Json& message);
[[nodiscard]] std::string rooms_text(const Json& rooms);
[[nodiscard]] std::string groups_text(const Json& groups);
[[nodiscard]] std::string changes_text(const Json& answer);
[[nodiscard]] std::string kicked_text(const Json& answer);
[[nodiscard]] std::string banned_text(const Json& ban);
[[nodiscard]] std::string unbanned_text(const Json& answer);
[[nodiscard]] std::string bans_text(const Json& bans);
[[nodiscard]] std::string forgotten_text(const Json& answer);
[[nodiscard]] std::string announced_text(const Json& answer);

}  // namespace chat
