// Whether a server's certificate is accepted: because the system's authorities vouch for it, because it is the one that
// was accepted before, or because a person named it.
#pragma once

#include "client/net/certificate.h"
#include "client/net/known_servers.h"
#include "client/net/server_address.h"

#include <cstdint>
#include <optional>
#include <string>

namespace chat {

// Why there is no connection.
struct ConnectFailure {
    enum class Kind : std::uint8_t {
        none,
        unreachable,          // nothing accepts a connection there
        no_tls,               // something does, and does not speak TLS, or does not go on
        handshake,            // it speaks TLS, in a way that cannot be used
        unknown_certificate,  // a person can accept it: its fingerprint
        bad_certificate,      // it is changed, expired, or for another host
    };
    Kind kind = Kind::none;
    std::string text;           // one line for people
    std::string fingerprint;    // of an unknown certificate
    std::string question = {};  // for a person, about an unknown certificate
    bool says_way_out = false;  // the text says what can be done

    // Another attempt may succeed: the network may have been the reason.
    [[nodiscard]] bool may_pass() const noexcept { return kind == Kind::unreachable || kind == Kind::no_tls; }
};

struct Judgement {
    ConnectFailure failure;     // of kind `none`: it is accepted
    KnownServers::Entry entry;  // how it was accepted
};

// `known`: what was remembered about the server.
[[nodiscard]] Judgement judge(const Certificate& certificate, const ServerAddress& server,
                              const std::optional<KnownServers::Entry>& known);

}  // namespace chat
