// By which ports a server can be reached: see routes.h.
#include "client/net/routes.h"

#include <string>

namespace chat {

namespace {

constexpr unsigned highest_port = 65535;

ServerAddress by_tls(const ServerAddress& server, std::string_view port) {
    ServerAddress address = server.with_port(port);
    address.security = Security::tls;
    address.known_as = address.written();
    return address;
}

ServerAddress without_tls(ServerAddress server) {
    server.security = Security::plain;
    server.own_certificate = {};
    return server;
}

}  // namespace

Routes routes_to(const ServerAddress& server, const KnownServers& known, bool is_interactive) {
    const bool is_resolved = !server.known_as.empty();
    if (server.security == Security::plain || is_resolved) return {{server}, false, {}};
    if (server.security == Security::tls)
        return {{by_tls(server, server.port_given ? server.port : usual_tls_port)}, false, {}};
    if (server.port == usual_tls_port) return {{by_tls(server, server.port)}, false, {}};

    const unsigned long port = std::stoul(server.port) + tls_port_distance;
    std::vector<ServerAddress> secured{by_tls(server, server.port)};  // was it reached there by --tls?
    if (port <= highest_port) secured.push_back(by_tls(server, std::to_string(port)));
    for (const ServerAddress& address : secured) {
        const auto [entry, problem] = known.find(address.known_as);
        if (!problem.empty()) return {{}, false, problem};
        if (entry) return {{address}, true, {}};
    }
    if (!is_interactive || port > highest_port) return {{without_tls(server)}, false, {}};
    return {{secured.back(), without_tls(server)}, false, {}};
}

}  // namespace chat
