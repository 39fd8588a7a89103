// A connected stream of bytes, plain or secured. Nothing here waits.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace chat {

class Stream {
  public:
    // A buffer of this size takes every byte that has been decrypted, so that poll() knows about the rest. In bytes.
    static constexpr std::size_t least_read = std::size_t{16} * 1024;

    enum class State : std::uint8_t {
        open,
        ended,   // reading: the peer has sent everything, and said so
        broken,  // the connection is lost
    };
    struct Moved {
        std::size_t count = 0;  // bytes; 0 in state `open`: wait for events()
        State state = State::open;
    };

    Stream() = default;
    virtual ~Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // To be polled. Stays owned by this object.
    [[nodiscard]] virtual int fd() const noexcept = 0;
    // What to poll for in order to read; add POLLOUT while there is something to write.
    [[nodiscard]] virtual short events() const noexcept { return POLLIN; }
    // Reads what is there. The buffer has least_read bytes or more.
    [[nodiscard]] virtual Moved read(std::span<char> buffer) = 0;
    // Writes what the socket takes now. After 0 bytes, call it again with the same bytes at the front. A failure does
    // not end reading.
    [[nodiscard]] virtual Moved write(std::span<const char> bytes) = 0;
};

}  // namespace chat
