// By which ports, and how secured, a server can be reached.
#pragma once

#include "client/net/known_servers.h"
#include "client/net/server_address.h"

#include <string_view>
#include <vector>

namespace chat {

inline constexpr std::string_view usual_tls_port = "5697";
// A server's port for TLS is this much above its plain one, where only the plain one is known.
inline constexpr unsigned tls_port_distance = 697;

struct Routes {
    std::vector<ServerAddress> best_first;  // one or two, none of them `automatic`
    // There would be another way, without TLS. It is not taken: the server was reached by TLS before.
    bool insists_on_tls = false;
    std::string problem;  // why there are none, one line for people
};

// With Security::automatic: for a server that was reached by TLS before, TLS alone. For another one TLS, then without
// it, if a person is there (`is_interactive`) to see a certificate; otherwise without.
[[nodiscard]] Routes routes_to(const ServerAddress& server, const KnownServers& known, bool is_interactive);

}  // namespace chat
