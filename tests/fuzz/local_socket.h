// Unix sockets between a fuzzer, which plays the peer, and the room that listens.
#pragma once

#include "shared/system/unique_fd.h"
#include "tests/fuzz/check.h"

#include <sys/socket.h>
#include <sys/un.h>

namespace chat::fuzz {

// A non-blocking listening socket, whose name the kernel chooses. `type`: SOCK_STREAM or SOCK_SEQPACKET.
inline UniqueFd listen_somewhere(int type) {
    UniqueFd listener(::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;  // no name given
    require(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(sa_family_t)) == 0 &&
                ::listen(listener.get(), 4) == 0,
            "a listening socket is made");
    return listener;
}

inline UniqueFd connect_to(int listener, int type) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    UniqueFd peer(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    require(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                ::connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0,
            "the peer connects");
    return peer;
}

}  // namespace chat::fuzz
