// Where the server is, as people write it: HOST, HOST:PORT, [IPv6] or [IPv6]:PORT.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace chat {

class OwnCertificate;

// How connections to it are secured.
enum class Security {
    plain,
    tls,
    automatic,  // TLS where there is some: see routes.h
};

struct ServerAddress {
    std::string host = "127.0.0.1";  // a name or an address, without brackets
    std::string port = "5000";       // decimal, 1–65535
    bool port_given = false;         // the port was written; otherwise it is the usual one
    Security security = Security::plain;
    std::string fingerprint =
        {};  // TLS: the SHA-256 of the only certificate to accept, in hexadecimal; empty: see trust.h
    std::string known_as = {};  // TLS: the name in known_servers, which a server's ports share
    std::shared_ptr<const OwnCertificate> own_certificate = {};  // TLS: what we show the server; null: nothing

    // The address as people write it.
    [[nodiscard]] std::string written() const;
    // Another port of the same server, secured in the same way.
    [[nodiscard]] ServerAddress with_port(std::string_view other) const;
};

// There is no server to talk to. what() is one line for people.
class NoServer : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Empty if `text` is not a server address. An IPv6 address needs no brackets if no port follows.
[[nodiscard]] std::optional<ServerAddress> parse_server_address(std::string_view text);

}  // namespace chat
