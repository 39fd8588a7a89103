// The listening sockets: accepting connections, and refusing them so that the peer can read why.
#pragma once

#include "chat-acceptor/clients/proxy_header.h"
#include "shared/records/dialect_id.h"
#include "shared/system/address.h"
#include "shared/system/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

struct Newcomer {
    UniqueFd fd;
    std::string peer;                // 192.0.2.7:50312 or [2001:db8::7]:50312
    std::optional<Address> address;  // the same without the port; empty if it is not known
    DialectId dialect = DialectId::line;
    bool fit = true;  // see prepare_connection()
    // It comes from a TLS terminator. The header, once it is known, is still unread.
    bool is_proxied = false;
    bool is_stored = false;  // the service manager has a copy of the socket
    ProxyHeader header = {};
};

// Connections inherit the options of the listening socket as they were when the handshake ended. Those from before this
// call have none: prepare_connection() sets them.
void prepare_listener(int listener);

// Sets a client's options. False: its stream cannot be followed exactly. It is not plain TCP, or the kernel has
// discarded an urgent byte before it was accepted (tcp(7), SO_OOBINLINE).
[[nodiscard]] bool prepare_connection(int fd) noexcept;
// Sets the options of a connection that an earlier process has accepted, if they are missing.
void complete_options(int fd) noexcept;

// The next connection, prepared; empty if none is waiting, or if none can be accepted now: then `trouble` is the errno,
// else 0.
[[nodiscard]] std::optional<Newcomer> accept_newcomer(int listener, int& trouble);

// The port of a listening socket.
[[nodiscard]] std::uint16_t local_port(int fd);

// Address and port of the other side; "unknown" if the connection is gone.
[[nodiscard]] std::string peer_of(int fd);
// Address and port that the socket itself is bound to.
[[nodiscard]] std::string own_address(int fd);

// Sends `line` and the end of the stream. The caller lets the connection linger.
void refuse_connection(int fd, std::string_view line);

}  // namespace chat
