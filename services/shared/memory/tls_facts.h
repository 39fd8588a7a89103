// What is known of a client's TLS session. The terminator in front of the daemons says it (chat-acceptor/clients/
// proxy_header.h); it is kept in the client's row.
#pragma once

#include "shared/text/text_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace chat {

// SHA-256 of the client's certificate in DER form; all zero: it sent none.
using Fingerprint = std::array<std::uint8_t, 32>;

[[nodiscard]] inline bool is_set(const Fingerprint& fingerprint) noexcept {
    return std::any_of(fingerprint.begin(), fingerprint.end(), [](std::uint8_t byte) { return byte != 0; });
}

struct TlsFacts {
    bool is_secure = false;  // the client speaks TLS
    Fingerprint fingerprint = {};
    // Of a certificate that an authority of the server's choice has signed; empty if there is none, or if it has more
    // than max_name_size bytes or any that are not clean text.
    std::string_view common_name = {};
};

}  // namespace chat
