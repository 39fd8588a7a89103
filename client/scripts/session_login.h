// How a subcommand logs in: by a password or a ticket, and if there is neither, a person at the terminal is asked.
#pragma once

#include "client/process.h"

#include <optional>
#include <string>

namespace chat {

struct SessionLogin {
    std::optional<std::string> name = {};  // nothing: keep the assigned one
    std::string secret = {};               // the password; empty: none is known
    std::string login_socket = {};         // where users of the server's host get tickets; empty: nowhere
};

// Asks the person on the terminal, without showing what is typed. Nothing: nobody is there, or the answer is empty.
// Throws Interrupted.
[[nodiscard]] std::optional<std::string> ask_password_on_terminal(Signals& signals, const std::string& name);

}  // namespace chat
