// The PROXY protocol, version 2: what a TLS terminator says about a connection before the client's first byte
// (HAProxy's proxy-protocol.txt, section 2.2).
#pragma once

#include "shared/memory/tls_facts.h"
#include "shared/system/address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::size_t largest_proxy_header = 16 + 1024;  // bytes; a longer one is refused

struct ProxyHeader {
    std::size_t size = 0;  // bytes
    Address address;       // of the client
    std::uint16_t port = 0;
    bool is_secure = false;
    Fingerprint fingerprint = {};
    std::string common_name;  // empty unless an authority vouches for it; at most max_name_size bytes of clean text

    [[nodiscard]] std::string peer() const { return peer_text(address, port); }
    // Views this header.
    [[nodiscard]] TlsFacts facts() const noexcept { return {is_secure, fingerprint, common_name}; }
};

enum class ProxyHeaderFit : std::uint8_t {
    whole,
    incomplete,  // what is there may be the beginning of one
    invalid,     // it is no header, or not one of a TCP connection, or it lacks the token
};

// Reads the header at the beginning of `bytes`; `header` is set if it is whole. `token`: the connection's unique id has
// to begin with it. What follows in the unique id is the certificate's fingerprint in hexadecimal digits, if any.
[[nodiscard]] ProxyHeaderFit parse_proxy_header(std::string_view bytes, std::string_view token, ProxyHeader& header);

}  // namespace chat
