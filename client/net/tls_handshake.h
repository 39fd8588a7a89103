// The beginning of TLS on a connection: handshake, and the decision about the server's certificate.
#pragma once

#include "client/net/server_address.h"
#include "client/net/stream.h"
#include "client/net/trust.h"
#include "shared/system/unique_fd.h"

#include <chrono>
#include <memory>
#include <string>

namespace chat {

struct TlsStart {
    std::unique_ptr<Stream> stream;  // ready for use, or none
    ConnectFailure failure;          // why there is none
    std::string note;                // one line for people: what did not work, and is not important; empty: nothing
};

// Waits for the handshake, at most `timeout`. `socket` is connected and non-blocking. What is accepted is remembered.
[[nodiscard]] TlsStart start_tls(UniqueFd socket, const ServerAddress& server, std::chrono::milliseconds timeout);

// Call it first: at the end of the process OpenSSL must stay as it is, since threads that nobody waits for may use it.
void keep_tls_until_the_end() noexcept;

}  // namespace chat
