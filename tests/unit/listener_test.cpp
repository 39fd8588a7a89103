// Accepting connections: the options of clients' sockets, the addresses of their peers, and refusals that can be read.
#include "chat-acceptor/clients/listener.h"

#include "shared/system/stream_position.h"
#include "tests/support/catch.h"
#include "tests/unit/tcp_pair.h"

#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <cstring>
#include <string>

namespace listener_test {

using namespace chat;

namespace {

struct Endpoint {
    UniqueFd fd;
    std::string port;
};

Endpoint listen_on_four() {
    Endpoint here{UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), {}};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    test::require_system(::bind(here.fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0, "bind");
    test::require_system(::listen(here.fd.get(), 4) == 0, "listen");
    test::require_system(::getsockname(here.fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0,
                         "getsockname");
    here.port = std::to_string(ntohs(address.sin_port));
    return here;
}

UniqueFd connect_from_four(std::uint16_t to, std::string& own_port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(to);
    socklen_t size = sizeof address;
    test::require_system(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0, "connect");
    test::require_system(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
    own_port = std::to_string(ntohs(address.sin_port));
    return fd;
}

int option_of(int fd, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(fd, level, name, &value, &size);
    return value;
}

}  // namespace

TEST_CASE("listener: a new socket has the options of a client's", "[listener][R33][R82]") {
    int trouble = 0;
    const Endpoint here = listen_on_four();
    prepare_listener(here.fd.get());
    CHECK_FALSE(accept_newcomer(here.fd.get(), trouble));
    std::string port;
    const UniqueFd peer = connect_from_four(static_cast<std::uint16_t>(std::stoi(here.port)), port);
    const auto newcomer = accept_newcomer(here.fd.get(), trouble);
    REQUIRE(newcomer);
    CHECK(newcomer->peer == "127.0.0.1:" + port);
    const int fd = newcomer->fd.get();
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(option_of(fd, SOL_SOCKET, SO_OOBINLINE) == 1);
    CHECK(option_of(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option_of(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
    // A client that vanishes silently is detected within two minutes.
    CHECK(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE) +
              option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL) * option_of(fd, IPPROTO_TCP, TCP_KEEPCNT) ==
          120);
    CHECK(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 120'000);
    CHECK_FALSE(accept_newcomer(here.fd.get(), trouble));
}

TEST_CASE("listener: a connection from before the start has the same options", "[listener][N01][R33]") {
    int trouble = 0;
    const Endpoint here = listen_on_four();
    std::string port;
    const UniqueFd peer = connect_from_four(static_cast<std::uint16_t>(std::stoi(here.port)), port);
    REQUIRE(::send(peer.get(), "ab", 2, 0) == 2);
    REQUIRE(::send(peer.get(), "!", 1, MSG_OOB) == 1);
    REQUIRE(::send(peer.get(), "cd", 2, 0) == 2);
    prepare_listener(here.fd.get());
    const auto newcomer = accept_newcomer(here.fd.get(), trouble);
    REQUIRE(newcomer);
    CHECK(newcomer->fit);
    const int fd = newcomer->fd.get();
    CHECK(option_of(fd, SOL_SOCKET, SO_OOBINLINE) == 1);
    CHECK(option_of(fd, SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) == 120'000);
    CHECK(option_of(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK(test::receive_waiting(fd) == "ab!cd");
    CHECK(consumed_position(fd) == 5);
}

TEST_CASE("listener: urgent data that the kernel has discarded makes a connection unfit", "[listener][N01]") {
    int trouble = 0;
    const Endpoint here = listen_on_four();
    std::string port;
    const UniqueFd peer = connect_from_four(static_cast<std::uint16_t>(std::stoi(here.port)), port);
    // Each urgent byte takes the place of the one before, which nobody has read.
    for (const char* byte : {"1", "2", "3"}) REQUIRE(::send(peer.get(), byte, 1, MSG_OOB) == 1);
    int unsent = 1;
    REQUIRE(test::eventually([&] { return ::ioctl(peer.get(), TIOCOUTQ, &unsent) == 0 && unsent == 0; }));
    const auto newcomer = accept_newcomer(here.fd.get(), trouble);
    REQUIRE(newcomer);
    CHECK_FALSE(newcomer->fit);
}

TEST_CASE("listener: a connection that is not plain TCP is unfit", "[listener][N01]") {
    constexpr int multipath = 262;  // IPPROTO_MPTCP
    const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, multipath));
    const UniqueFd peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, multipath));
    if (!listener || !peer) {
        WARN("there is no MPTCP here");
        return;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener.get(), 4) == 0);
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    prepare_listener(listener.get());  // and no error
    REQUIRE(::connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    int trouble = 0;
    std::optional<Newcomer> newcomer;
    REQUIRE(test::eventually([&] { return (newcomer = accept_newcomer(listener.get(), trouble)).has_value(); }));
    CHECK_FALSE(newcomer->fit);
    // The same listener gives plain TCP to those who ask for it.
    std::string port;
    const UniqueFd plain = connect_from_four(ntohs(address.sin_port), port);
    REQUIRE(test::eventually([&] { return (newcomer = accept_newcomer(listener.get(), trouble)).has_value(); }));
    CHECK(newcomer->fit);
}

TEST_CASE("listener: a listener that cannot accept any more is reported", "[listener]") {
    const Endpoint here = listen_on_four();
    test::require_system(::shutdown(here.fd.get(), SHUT_RD) == 0, "shutdown");
    int trouble = 0;
    CHECK_FALSE(accept_newcomer(here.fd.get(), trouble));
    CHECK(trouble == EINVAL);
    CHECK_FALSE(accept_newcomer(-1, trouble));
    CHECK(trouble == EBADF);
}

TEST_CASE("listener: a connection that was reset while it waited does no harm", "[listener]") {
    int trouble = 0;
    const Endpoint here = listen_on_four();
    std::string port, port_of_gone;
    const auto number = static_cast<std::uint16_t>(std::stoi(here.port));
    UniqueFd gone = connect_from_four(number, port_of_gone);
    test::reset_connection(gone);
    const UniqueFd peer = connect_from_four(number, port);
    auto newcomer = accept_newcomer(here.fd.get(), trouble);
    if (newcomer && newcomer->peer == "127.0.0.1:" + port_of_gone) newcomer = accept_newcomer(here.fd.get(), trouble);
    REQUIRE(newcomer);
    CHECK(newcomer->peer == "127.0.0.1:" + port);
}

TEST_CASE("listener: addresses are spelled as in the log, of either family", "[listener][R82]") {
    int trouble = 0;
    UniqueFd listener(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    const int both = 0;
    ::setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both);
    socklen_t size = sizeof address;
    if (!listener || ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
        WARN("there is no IPv6 here: only IPv4 was tried");
        return;
    }
    REQUIRE(::listen(listener.get(), 4) == 0);
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);

    std::string port;
    const UniqueFd four = connect_from_four(ntohs(address.sin6_port), port);
    const auto mapped = accept_newcomer(listener.get(), trouble);
    REQUIRE(mapped);
    CHECK(mapped->peer == "127.0.0.1:" + port);

    const UniqueFd six(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    address.sin6_addr = in6addr_loopback;
    if (::connect(six.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        WARN("there is no ::1 here: only IPv4 was tried");
        return;
    }
    REQUIRE(::getsockname(six.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const auto newcomer = accept_newcomer(listener.get(), trouble);
    REQUIRE(newcomer);
    CHECK(newcomer->peer == "[::1]:" + std::to_string(ntohs(address.sin6_port)));
}

TEST_CASE("listener: a peer that is gone has no address", "[listener]") {
    test::TcpPair tcp;
    test::reset_connection(tcp.peer);
    CHECK(test::eventually([&] { return peer_of(tcp.server.get()) == "unknown"; }));
    CHECK(peer_of(-1) == "unknown");
}

TEST_CASE("listener: a refusal is a line and the end of the stream", "[listener][R06]") {
    const test::TcpPair tcp;
    refuse_connection(tcp.server.get(), "refused code=limit :Connection Limit Exceeded !!\n");
    CHECK(test::receive_to_end(tcp.peer.get()) == "refused code=limit :Connection Limit Exceeded !!\n");
    test::TcpPair gone;
    test::reset_connection(gone.peer);
    refuse_connection(gone.server.get(), "refused\n");  // and no signal
}

TEST_CASE("listener: running out of descriptors is reported, and the new client waits", "[listener]") {
    const Endpoint here = listen_on_four();
    std::string port;
    const UniqueFd peer = connect_from_four(static_cast<std::uint16_t>(std::stoi(here.port)), port);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int lowest_free = UniqueFd(::fcntl(here.fd.get(), F_DUPFD_CLOEXEC, 0)).get();
    const rlimit none{static_cast<rlim_t>(lowest_free), before.rlim_max};
    int trouble = 0;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const bool accepted = accept_newcomer(here.fd.get(), trouble).has_value();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_FALSE(accepted);
    CHECK(trouble == EMFILE);
    CHECK(accept_newcomer(here.fd.get(), trouble));
    CHECK(trouble == 0);
}

}  // namespace listener_test
