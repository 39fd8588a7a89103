// Accepts and serves the link.
#include "chat-delivery/acceptor_link.h"

#include "shared/records/record.h"

#include <poll.h>
#include <sys/epoll.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace chat {

AcceptorLink::AcceptorLink(UniqueFd listener, std::uint64_t segment_id, int epoll_fd, Callbacks callbacks)
    : listener_(std::move(listener)), segment_id_(segment_id), epoll_fd_(epoll_fd), callbacks_(std::move(callbacks)) {
    watch(listener_.get());
}

void AcceptorLink::watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = epoll_data;
    if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "watching the link");
}

void AcceptorLink::serve() {
    // There is one acceptor: a later connection comes from its successor. First read what the earlier one still sent.
    read_all();
    while (auto link = Link::accept(listener_.get())) {
        link_ = std::move(*link);
        watch(link_.fd());
        send({LinkKind::hello, {}, static_cast<std::uint32_t>(last_record_kind), segment_id_});
        callbacks_.on_connected();
        read_all();
    }
}

void AcceptorLink::read_all() {
    Link::Received received;
    while (link_.is_open()) {
        const auto read = link_.receive(received);
        if (read == Link::Read::nothing) return;
        if (read == Link::Read::broken) {
            link_.close();
            return;
        }
        handle(received);
    }
}

void AcceptorLink::handle(Link::Received& received) {
    const SlotId client = received.message.client;
    switch (received.message.kind) {
        case LinkKind::hello:
            if (received.message.number != segment_id_)
                throw SegmentReplaced("chat-acceptor has created a new segment");
            break;
        case LinkKind::attach:
            // Without a descriptor it answers nothing, and delivery would wait forever: start over.
            if (!received.fd) return link_.close();
            callbacks_.on_attach(client, std::move(received.fd));
            break;
        case LinkKind::want: {
            const int fd = callbacks_.find_socket(client);
            send({fd >= 0 ? LinkKind::attach : LinkKind::gone, client}, fd);
            break;
        }
        case LinkKind::gone:
            callbacks_.on_gone(client);
            break;
        case LinkKind::upload:
        case LinkKind::download:
            if (received.fd && callbacks_.on_transfer) callbacks_.on_transfer(received.message, std::move(received.fd));
            break;
        case LinkKind::transfers:
        case LinkKind::damaged:
            break;
    }
}

void AcceptorLink::want(SlotId client) {
    send({LinkKind::want, client});
}

void AcceptorLink::notify_of_transfers() {
    send({LinkKind::transfers, {}});
}

void AcceptorLink::report_damage() {
    send({LinkKind::damaged, {}, 0, segment_id_});
}

void AcceptorLink::send(const LinkMessage& message, int fd) {
    // An acceptor that does not read for this long counts as gone; its next connection starts over.
    constexpr int timeout_ms = 1000;
    while (link_.is_open()) {
        const auto sent = link_.send(message, fd);
        if (sent == Link::Sent::yes) return;
        pollfd writable{link_.fd(), POLLOUT, 0};
        if (sent == Link::Sent::broken || ::poll(&writable, 1, timeout_ms) <= 0) link_.close();
    }
}

}  // namespace chat
