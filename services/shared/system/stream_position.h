// What the kernel knows of a TCP stream: how many bytes were written to it and consumed from it since it was accepted.
// It survives any process, so nobody records what was read or written (tcp(7), TCP_INFO; the counters are those of
// struct tcp_info in linux/tcp.h).
#pragma once

#include <cstdint>
#include <optional>

namespace chat {

// Bytes that the socket took from writers: acknowledged by the peer or still in its send queue. Accepted sockets only.
// Empty: the connection is over (state CLOSE) and the kernel knows no more.
[[nodiscard]] std::optional<std::uint64_t> written_position(int fd) noexcept;

// Bytes that readers took from the socket. SO_OOBINLINE must have been set before any byte came.
[[nodiscard]] std::optional<std::uint64_t> consumed_position(int fd) noexcept;

// True for a connection on which neither side's end has been sent by this host: one that may still be served.
[[nodiscard]] bool is_open_for_writing(int fd) noexcept;

// The number by which a socket is known across processes (socket(7), SO_COOKIE); 0 if it has none.
[[nodiscard]] std::uint64_t socket_cookie(int fd) noexcept;

}  // namespace chat
