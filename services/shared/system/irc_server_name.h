// The name of the server in lines to IRC clients.
#pragma once

#include "shared/system/config.h"

#include <string>

namespace chat {

// irc.server_name, or the host's name; it always contains a dot, by which clients tell servers from people.
[[nodiscard]] std::string irc_server_name(const Config& config);

}  // namespace chat
