// The end of a connection whose peer still sends: closing it with unread input would be a reset, which can destroy the
// last lines before the peer has read them.
#pragma once

#include <sys/socket.h>

#include <cerrno>

namespace chat {

enum class Discarding {
    ended,  // the peer has closed its side, or is gone
    idle,   // nothing to read at the moment
    more,   // stopped early, so that other connections get their turn
};
// Reads what the peer has sent and discards it.
[[nodiscard]] inline Discarding discard_input(int fd) noexcept {
    constexpr int max_reads = 16;
    char discarded[16'384];
    for (int i = 0; i < max_reads; ++i) {
        const ssize_t size = ::recv(fd, discarded, sizeof discarded, MSG_DONTWAIT);
        if (size == 0) return Discarding::ended;
        if (size < 0) return errno == EAGAIN || errno == EINTR ? Discarding::idle : Discarding::ended;
    }
    return Discarding::more;
}

}  // namespace chat
