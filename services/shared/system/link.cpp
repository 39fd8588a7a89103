// Sending and receiving link messages, with descriptors.
#include "shared/system/link.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace chat {

std::optional<Link> Link::connect(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return std::nullopt;
    }
    UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return std::nullopt;
    return Link(std::move(socket));
}

std::optional<Link> Link::accept(int listener) {
    UniqueFd socket(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return std::nullopt;
    return Link(std::move(socket));
}

Link::Sent Link::send(const LinkMessage& message, int fd) noexcept {
    LinkMessage copy = message;
    iovec piece{&copy, sizeof copy};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (fd >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    for (;;) {
        if (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return Sent::yes;
        if (errno == EINTR) continue;
        // ETOOMANYREFS: too many descriptors are in flight; the peer has to receive some first.
        return errno == EAGAIN || errno == ETOOMANYREFS || errno == ENOBUFS ? Sent::later : Sent::broken;
    }
}

Link::Read Link::receive(Received& received) noexcept {
    iovec piece{&received.message, sizeof received.message};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control;
    // Not CMSG_SPACE: its padding would leave room for a second descriptor, which would leak.
    header.msg_controllen = CMSG_LEN(sizeof(int));
    received.fd.reset();
    ssize_t size = 0;
    do {
        size = ::recvmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size < 0) return errno == EAGAIN ? Read::nothing : Read::broken;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
        received.fd.reset(fd);
    }
    if (size != sizeof received.message || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return Read::broken;
    return Read::message;
}

}  // namespace chat
