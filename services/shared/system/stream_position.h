// The kernel's counters for a TCP stream: bytes written to it and read from it since it was accepted. They survive any
// process, so nobody has to record what was read or written (tcp(7), TCP_INFO; struct tcp_info in linux/tcp.h).
#pragma once

#include <cstdint>
#include <optional>

namespace chat {

// Bytes that the socket has accepted from writers: acknowledged by the peer or still in the send queue. Accepted
// sockets only. Empty: the connection is closed (state CLOSE), and the counters are gone.
[[nodiscard]] std::optional<std::uint64_t> written_position(int fd) noexcept;

// Bytes that readers have taken from the socket. SO_OOBINLINE must have been set before the first byte arrived.
[[nodiscard]] std::optional<std::uint64_t> consumed_position(int fd) noexcept;

// True if this host has not sent FIN: the connection may still be served.
[[nodiscard]] bool is_open_for_writing(int fd) noexcept;

// A number that identifies the socket across processes (socket(7), SO_COOKIE); 0 if it has none.
[[nodiscard]] std::uint64_t socket_cookie(int fd) noexcept;

}  // namespace chat
