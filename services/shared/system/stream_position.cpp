// Reads TCP_INFO and the queue lengths as a consistent snapshot.
#include "shared/system/stream_position.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstddef>

namespace chat {
namespace {

// The states of linux/tcp_states.h; the user-space header that defines them conflicts with linux/tcp.h.
enum TcpState : std::uint8_t {
    tcp_established = 1,
    tcp_fin_wait1 = 4,
    tcp_fin_wait2 = 5,
    tcp_time_wait = 6,
    tcp_close = 7,
    tcp_close_wait = 8,
    tcp_last_ack = 9,
    tcp_closing = 11,
};

bool read_info(int fd, tcp_info& info) noexcept {
    socklen_t size = sizeof info;
    info = {};
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           size >= offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received;
}

bool peer_has_ended(std::uint8_t state) noexcept {
    return state == tcp_close_wait || state == tcp_last_ack || state == tcp_closing || state == tcp_time_wait;
}

bool this_side_has_ended(std::uint8_t state) noexcept {
    return state == tcp_fin_wait1 || state == tcp_fin_wait2 || state == tcp_last_ack || state == tcp_closing ||
           state == tcp_time_wait;
}

// Acknowledgements and bytes arrive in the meantime: counter and queue length belong together only if the counter is
// unchanged afterwards.
template <typename Counter>
bool read_steady(int fd, unsigned long request, tcp_info& info, int& queued, Counter counter) noexcept {
    constexpr int max_tries = 10'000;
    for (int i = 0; i < max_tries; ++i) {
        if (!read_info(fd, info)) return false;
        const std::uint64_t before = info.*counter;
        const auto state = info.tcpi_state;
        if (::ioctl(fd, request, &queued) != 0 || !read_info(fd, info)) return false;
        if (info.*counter == before && info.tcpi_state == state) return true;
    }
    return false;
}

}  // namespace

std::optional<std::uint64_t> written_position(int fd) noexcept {
    tcp_info info{};
    int queued = 0;
    if (!read_steady(fd, SIOCOUTQ, info, queued, &tcp_info::tcpi_bytes_acked) || info.tcpi_state == tcp_close)
        return std::nullopt;
    // The FIN that shutdown(SHUT_WR) sends counts as one byte.
    const std::uint64_t end_mark = this_side_has_ended(info.tcpi_state) ? 1 : 0;
    return std::uint64_t{info.tcpi_bytes_acked} + static_cast<std::uint64_t>(queued) - end_mark;
}

std::optional<std::uint64_t> consumed_position(int fd) noexcept {
    tcp_info info{};
    int queued = 0;
    if (!read_steady(fd, SIOCINQ, info, queued, &tcp_info::tcpi_bytes_received) || info.tcpi_state == tcp_close)
        return std::nullopt;
    const std::uint64_t end_mark = peer_has_ended(info.tcpi_state) ? 1 : 0;
    return std::uint64_t{info.tcpi_bytes_received} - static_cast<std::uint64_t>(queued) - end_mark;
}

bool is_open_for_writing(int fd) noexcept {
    tcp_info info{};
    return read_info(fd, info) && (info.tcpi_state == tcp_established || info.tcpi_state == tcp_close_wait);
}

std::uint64_t socket_cookie(int fd) noexcept {
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

}  // namespace chat
