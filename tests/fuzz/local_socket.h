// Sockets between a fuzzer, which plays the peer, and the room that listens.
#pragma once

#include "shared/system/unique_fd.h"
#include "tests/fuzz/check.h"

#include <netinet/in.h>
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

// The same with TCP, on 127.0.0.1.
inline UniqueFd listen_on_loopback() {
    UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                ::listen(listener.get(), 4) == 0,
            "a listening socket is made");
    return listener;
}

// Closing it resets the connection, so that no port stays in use.
inline UniqueFd connect_on_loopback(int listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    UniqueFd peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const linger at_once{1, 0};
    require(::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0 &&
                ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                ::connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0,
            "the peer connects");
    return peer;
}

}  // namespace chat::fuzz
