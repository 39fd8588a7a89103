// A peer on the link that sends anything, with any number of descriptors: only whole messages are accepted, and no
// descriptor leaks. The same for the room behind it, with outboxes that take the sockets.
#include "chat-delivery/acceptor_link.h"
#include "chat-delivery/outboxes.h"
#include "shared/system/link.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/local_socket.h"
#include "tests/unit/scratch.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

using namespace chat;
using fuzz::Input;
using fuzz::require;

namespace {

constexpr std::size_t max_fds = 4;
constexpr std::uint64_t segment_id = 7;

struct Datagram {
    std::vector<std::uint8_t> bytes;
    std::size_t fds;
};

// Sends a datagram with copies of `fd`, as a peer that violates the protocol of Link would.
bool send(int socket, Datagram& datagram, int fd) {
    iovec piece{datagram.bytes.data(), datagram.bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(max_fds * sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (datagram.fds > 0) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(datagram.fds * sizeof(int));
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(datagram.fds * sizeof(int));
        const std::array<int, max_fds> copies{fd, fd, fd, fd};
        std::memcpy(CMSG_DATA(rights), copies.data(), datagram.fds * sizeof(int));
    }
    return ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

void receive_one_by_one(std::vector<Datagram>& datagrams, int fd) {
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0, "a pair of sockets is made");
    const UniqueFd peer(ends[0]);
    Link link{UniqueFd(ends[1])};
    Link::Received received;
    for (Datagram& datagram : datagrams) {
        require(send(peer.get(), datagram, fd), "the peer can send");
        const auto read = link.receive(received);
        const bool whole = datagram.bytes.size() == sizeof(LinkMessage) && datagram.fds <= 1;
        require(read == (whole ? Link::Read::message : Link::Read::broken), "only a whole message comes out");
        if (!whole) break;
        require(std::memcmp(&received.message, datagram.bytes.data(), sizeof(LinkMessage)) == 0, "as it was sent");
        require(static_cast<bool>(received.fd) == (datagram.fds == 1), "its descriptor comes with it");
    }
}

// The rooms of delivery that the messages reach, on their own segment.
struct Delivery {
    Delivery() {
        // Two clients, so that there is someone to attach.
        for (std::uint32_t slot = 0; slot < 2; ++slot) {
            ClientRow row{};
            row.generation = 1;
            row.state = SlotState::connected;
            replace_row(scratch.segment.slots()[slot], row);
        }
        Segment::remove(scratch.instance.name());
    }

    test::ScratchSegment scratch;
};

void serve(std::vector<Datagram>& datagrams, int fd) {
    static Delivery delivery;
    const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    UniqueFd listener = fuzz::listen_somewhere(SOCK_SEQPACKET);
    const UniqueFd peer = fuzz::connect_to(listener.get(), SOCK_SEQPACKET);
    Outboxes outboxes(delivery.scratch.segment, epoll.get());
    for (std::uint32_t slot = 0; slot < 2; ++slot) (void)outboxes.begin({slot, 1}, 1, "welcome\n");
    AcceptorLink link(std::move(listener), segment_id, epoll.get(),
                      {.on_attach = [&](SlotId client, UniqueFd socket) { outboxes.attach(client, std::move(socket)); },
                       .on_gone =
                           [&](SlotId client) {
                               if (!outboxes.is_attached(client)) outboxes.give_up(client, LeaveReason::lost);
                           },
                       .find_socket = [&](SlotId client) { return outboxes.socket_of(client); },
                       .on_connected = [&] { outboxes.drop_unknown(); }});
    try {
        for (Datagram& datagram : datagrams) {
            if (!send(peer.get(), datagram, fd)) break;  // the room has hung up
            link.serve();
            outboxes.flush();
        }
    } catch (const SegmentReplaced&) {
    }
    for (Slot& slot : delivery.scratch.segment.slots()) {
        slot.outbox_commit = 0;
        slot.gave_up_at = 0;
        slot.gave_up_why = 0;
        slot.written = 0;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    std::vector<Datagram> datagrams;
    while (input.left() > 0 && datagrams.size() < 16) {
        const auto fds = input.integer_between<std::size_t>(0, max_fds);
        // Most messages are whole; otherwise nothing would get through.
        const auto length = input.boolean() ? sizeof(LinkMessage) : input.integer_between<std::size_t>(1, 64);
        datagrams.push_back({input.bytes(length), fds});
        if (datagrams.back().bytes.empty()) datagrams.back().bytes.push_back(0);
    }
    static const UniqueFd some_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    static const bool warm = [] {
        std::vector<Datagram> none;
        serve(none, -1);
        return true;
    }();
    require(warm, "the segment is made before descriptors are counted");
    const int before = fuzz::next_descriptor();
    receive_one_by_one(datagrams, some_socket.get());
    require(fuzz::next_descriptor() == before, "the link keeps no descriptor that it does not hand out");
    serve(datagrams, some_socket.get());
    require(fuzz::next_descriptor() == before, "the room behind the link loses no descriptor");
    return 0;
}
