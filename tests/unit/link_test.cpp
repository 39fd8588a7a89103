// The link: messages in order, passed descriptors, and a broken or lying peer.
#include "shared/system/link.h"

#include "chat-acceptor/clients/delivery_link.h"
#include "chat-delivery/acceptor_link.h"
#include "shared/system/event_loop.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <utility>
#include <vector>

namespace link_test {

using namespace chat;
using test::open_descriptors;
using test::TemporaryDirectory;

namespace {

struct Pair {
    Pair() {
        int fds[2] = {-1, -1};
        test::require_system(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0, "socketpair");
        here = Link(UniqueFd(fds[0]));
        there = Link(UniqueFd(fds[1]));
    }
    Link here;
    Link there;
};

bool is_same_file(int a, int b) {
    struct stat one {};
    struct stat two {};
    return ::fstat(a, &one) == 0 && ::fstat(b, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

// A message as a peer may send it, even against the protocol between the daemons.
void send_raw(int fd, const std::vector<char>& bytes, const std::vector<int>& descriptors) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        const std::size_t size = descriptors.size() * sizeof(int);
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(size);
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(size);
        std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
    }
    test::require_system(::sendmsg(fd, &header, MSG_NOSIGNAL) >= 0, "sendmsg");
}

}  // namespace

TEST_CASE("messages arrive in order and whole", "[link]") {
    Pair pair;
    Link::Received received;
    CHECK(pair.there.receive(received) == Link::Read::nothing);
    CHECK(pair.here.send({LinkKind::hello, {}, 0, 0x1122334455667788}) == Link::Sent::yes);
    CHECK(pair.here.send({LinkKind::want, {7, 9}}) == Link::Sent::yes);
    CHECK(pair.there.send({LinkKind::gone, {7, 9}}) == Link::Sent::yes);
    REQUIRE(pair.there.receive(received) == Link::Read::message);
    CHECK(received.message.kind == LinkKind::hello);
    CHECK(received.message.number == 0x1122334455667788);
    CHECK_FALSE(received.fd);
    REQUIRE(pair.there.receive(received) == Link::Read::message);
    CHECK(received.message.kind == LinkKind::want);
    CHECK(received.message.client == SlotId{7, 9});
    CHECK(pair.there.receive(received) == Link::Read::nothing);
    REQUIRE(pair.here.receive(received) == Link::Read::message);
    CHECK(received.message.kind == LinkKind::gone);
}

TEST_CASE("a client's socket arrives as a copy of its own", "[link][D03]") {
    Pair pair;
    test::TcpPair tcp;
    const std::size_t before = open_descriptors();
    REQUIRE(pair.here.send({LinkKind::attach, {1, 2}, 0, 3}, tcp.server.get()) == Link::Sent::yes);
    {
        Link::Received received;
        REQUIRE(pair.there.receive(received) == Link::Read::message);
        REQUIRE(received.fd);
        CHECK(received.fd.get() != tcp.server.get());
        CHECK(is_same_file(received.fd.get(), tcp.server.get()));
        CHECK((::fcntl(received.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
        tcp.server.reset();
        test::send_all(received.fd.get(), "still open");
        CHECK(test::receive(tcp.peer.get(), 10) == "still open");
        // The next message has no descriptor, and the earlier one is not kept.
        REQUIRE(pair.here.send({LinkKind::hello, {}}) == Link::Sent::yes);
        REQUIRE(pair.there.receive(received) == Link::Read::message);
        CHECK_FALSE(received.fd);
    }
    CHECK(open_descriptors() == before - 1);
}

TEST_CASE("descriptors in flight arrive in order", "[link][D03]") {
    Pair pair;
    std::vector<UniqueFd> files;
    const TemporaryDirectory directory;
    for (std::uint32_t i = 0; i < 50; ++i) {
        files.emplace_back(::open(directory.file(std::to_string(i)).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
        REQUIRE(pair.here.send({LinkKind::attach, {i, 1}}, files.back().get()) == Link::Sent::yes);
    }
    for (std::uint32_t i = 0; i < 50; ++i) {
        Link::Received received;
        REQUIRE(pair.there.receive(received) == Link::Read::message);
        CHECK(received.message.client.slot == i);
        CHECK(is_same_file(received.fd.get(), files[i].get()));
    }
}

TEST_CASE("a peer that is gone breaks the link, after its last messages", "[link]") {
    Pair pair;
    CHECK(pair.here.send({LinkKind::hello, {}, 0, 5}) == Link::Sent::yes);
    pair.here.close();
    CHECK_FALSE(pair.here.is_open());
    Link::Received received;
    REQUIRE(pair.there.receive(received) == Link::Read::message);
    CHECK(received.message.number == 5);
    CHECK(pair.there.receive(received) == Link::Read::broken);
    CHECK(pair.there.send({LinkKind::hello, {}}) == Link::Sent::broken);
}

TEST_CASE("a full link takes messages again once the peer reads", "[link]") {
    Pair pair;
    int sent = 0;
    Link::Sent last = Link::Sent::yes;
    while (sent < 1'000'000 && (last = pair.here.send({LinkKind::want, {1, 1}})) == Link::Sent::yes) ++sent;
    CHECK(last == Link::Sent::later);
    CHECK(sent > 0);
    Link::Received received;
    int came = 0;
    while (pair.there.receive(received) == Link::Read::message) ++came;
    CHECK(came == sent);
    CHECK(pair.here.send({LinkKind::want, {1, 1}}) == Link::Sent::yes);
}

TEST_CASE("a message of the wrong size breaks the link and leaks nothing", "[link]") {
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (const std::size_t size :
         {std::size_t{1}, sizeof(LinkMessage) - 1, sizeof(LinkMessage) + 1, std::size_t{4096}}) {
        INFO(size);
        Pair pair;
        const std::size_t before = open_descriptors();
        send_raw(pair.here.fd(), std::vector<char>(size), {file.get()});
        {
            Link::Received received;
            CHECK(pair.there.receive(received) == Link::Read::broken);
        }
        CHECK(open_descriptors() == before);
    }
}

TEST_CASE("a link connects to a listening socket and is accepted once", "[link]") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("link");
    CHECK_FALSE(Link::connect(path));
    const UniqueFd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener.get(), 4) == 0);
    CHECK_FALSE(Link::accept(listener.get()));
    auto here = Link::connect(path);
    REQUIRE(here);
    CHECK(here->is_open());
    // Before it is accepted: that is how connecting works while delivery is down.
    CHECK(here->send({LinkKind::hello, {}, 0, 1}) == Link::Sent::yes);
    auto there = Link::accept(listener.get());
    REQUIRE(there);
    CHECK_FALSE(Link::accept(listener.get()));
    Link::Received received;
    CHECK(there->receive(received) == Link::Read::message);
    CHECK(there->receive(received) == Link::Read::nothing);  // and it does not block
    CHECK_FALSE(Link::connect(std::string(200, 'x')));
    CHECK(errno == ENAMETOOLONG);
}

TEST_CASE("an answer that lacks its descriptor starts the link over", "[link][D03]") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("link");
    UniqueFd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener.get(), 4) == 0);
    SECTION("at the sender, which is out of descriptors") {
        EventLoop loop;
        int connections = 0;
        DeliveryLink link(
            loop, path, [](Link::Received&) {}, [&] { ++connections; });
        link.connect();
        for (int i = 0; i < 1'000'000 && link.try_send({LinkKind::want, {1, 1}}); ++i) continue;
        REQUIRE(link.is_connected());
        {
            const test::NoDescriptorsLeft none;
            link.send({LinkKind::attach, {1, 1}}, listener.get());
        }
        CHECK_FALSE(link.is_connected());
        link.connect();
        CHECK(connections == 2);
    }
    SECTION("at the receiver") {
        const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
        int attached = 0;
        AcceptorLink link(std::move(listener), 1, epoll.get(),
                          {.on_attach = [&](SlotId, UniqueFd) { ++attached; },
                           .on_gone = [](SlotId) {},
                           .find_socket = [](SlotId) { return -1; },
                           .on_connected = [] {},
                           .on_transfer = {}});
        auto peer = Link::connect(path);
        REQUIRE(peer);
        CHECK(peer->send({LinkKind::attach, {1, 1}}) == Link::Sent::yes);
        link.serve();
        CHECK(attached == 0);
        CHECK_FALSE(link.is_connected());
    }
}

TEST_CASE("a message with more than one descriptor breaks the link and leaks none of them", "[link][D03]") {
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (const std::size_t count : {2U, 3U, 8U}) {
        INFO(count);
        Pair pair;
        const std::size_t before = open_descriptors();
        send_raw(pair.here.fd(), std::vector<char>(sizeof(LinkMessage)), std::vector<int>(count, file.get()));
        {
            Link::Received received;
            CHECK(pair.there.receive(received) == Link::Read::broken);
        }
        CHECK(open_descriptors() == before);
    }
}

}  // namespace link_test
