// Input that is not edited: see plain_input.h.
#include "client/terminal/plain_input.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace chat {

namespace {

constexpr std::size_t bytes_at_once = std::size_t{16} * 1024;

}  // namespace

bool PlainInput::read() {
    std::array<char, bytes_at_once> bytes;  // not initialised: filled by read
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count > 0) lines_.add({bytes.data(), static_cast<std::size_t>(count)});
    ended_ = count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
    return !ended_;
}

bool PlainInput::read_remaining(std::size_t most) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    for (std::size_t taken = 0; !ended_; taken += bytes_at_once) {
        if (::poll(&input, 1, 0) != 1) break;
        if (taken >= most) return false;
        (void)read();
    }
    return true;
}

}  // namespace chat
