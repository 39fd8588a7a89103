// A stream without encryption: see plain_stream.h.
#include "client/net/plain_stream.h"

#include <sys/socket.h>

#include <cerrno>

namespace chat {

Stream::Moved PlainStream::read(std::span<char> buffer) {
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) return {static_cast<std::size_t>(count), State::open};
    if (count == 0) return {0, State::ended};
    return {0, errno == EAGAIN || errno == EINTR ? State::open : State::broken};
}

Stream::Moved PlainStream::write(std::span<const char> bytes) {
    ssize_t count = -1;
    do {
        count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count >= 0) return {static_cast<std::size_t>(count), State::open};
    return {0, errno == EAGAIN ? State::open : State::broken};
}

}  // namespace chat
