// The listening sockets: accepting connections, and refusing them so that the peer can read why.
#pragma once

#include "shared/records/dialect_id.h"
#include "shared/system/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chat {

struct Newcomer {
    UniqueFd fd;
    std::string peer;  // 192.0.2.7:50312 or [2001:db8::7]:50312
    DialectId dialect = DialectId::line;
};

// Options that must be set before the first byte arrives are inherited from the listening socket.
void prepare_listener(int listener);

// The next connection, ready to become a client's; empty if none is waiting, or if the process is out of descriptors or
// memory: then `trouble` is that errno, else 0.
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
