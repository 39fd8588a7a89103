// Closing so that the peer can still read what it was sent, and not for longer than needed.
#include "chat-acceptor/clients/linger.h"

#include "chat-acceptor/clients/listener.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

#include <string>

namespace linger_test {

using namespace chat;
using test::eventually;
using test::TcpPair;

TEST_CASE("linger: a peer that has sent something reads the line and the end, no reset", "[linger][R06][R33]") {
    TcpPair tcp;
    test::send_all(tcp.peer.get(), "/login Batman\n");
    REQUIRE(eventually([&] {
        pollfd readable{tcp.server.get(), POLLIN, 0};
        return ::poll(&readable, 1, 0) == 1;
    }));
    Linger linger;
    refuse_connection(tcp.server.get(), "refused code=limit :Connection Limit Exceeded !!\n");
    linger.add(std::move(tcp.server));
    CHECK_FALSE(linger.empty());
    for (int i = 0; i < 20; ++i) {
        test::send_all(tcp.peer.get(), "more and more\n");  // while the refusal is on its way
        linger.tick();
    }
    CHECK_FALSE(linger.empty());
    CHECK(test::receive_to_end(tcp.peer.get()) == "refused code=limit :Connection Limit Exceeded !!\n");
    tcp.peer.reset();
    CHECK(eventually([&] {
        linger.tick();
        return linger.empty();
    }));
}

TEST_CASE("linger: a peer that has ended already is closed at once", "[linger]") {
    TcpPair tcp;
    ::shutdown(tcp.peer.get(), SHUT_WR);
    REQUIRE(eventually([&] {
        pollfd poll{tcp.server.get(), POLLRDHUP, 0};
        return ::poll(&poll, 1, 0) == 1;
    }));
    refuse_connection(tcp.server.get(), "bye :Session ended\n");
    const std::size_t before = test::open_descriptors();
    Linger linger;
    linger.add(std::move(tcp.server));
    CHECK(linger.empty());
    CHECK(test::open_descriptors() == before - 1);
    CHECK(test::receive_to_end(tcp.peer.get()) == "bye :Session ended\n");
}

TEST_CASE("linger: a peer that never ends is disconnected after some seconds", "[linger]") {
    TcpPair tcp;
    Linger linger;
    refuse_connection(tcp.server.get(), "refused\n");
    const auto begin = std::chrono::steady_clock::now();
    linger.add(std::move(tcp.server));
    CHECK(eventually([&] {
        linger.tick();
        return linger.empty();
    }));
    const auto lasted = std::chrono::steady_clock::now() - begin;
    CHECK(lasted >= std::chrono::seconds(1));
}

TEST_CASE("linger: with too many peers the oldest is disconnected, in all its copies", "[linger]") {
    TcpPair oldest;
    const TcpPair others;
    const UniqueFd copy = oldest.server_copy();  // the other daemon's
    Linger linger;
    linger.add(std::move(oldest.server));
    const std::size_t before = test::open_descriptors();
    for (int i = 0; i < 511; ++i) linger.add(others.server_copy());
    pollfd ended{copy.get(), POLLRDHUP, 0};
    CHECK(::poll(&ended, 1, 0) == 0);
    linger.add(others.server_copy());
    CHECK(::poll(&ended, 1, 0) == 1);
    CHECK(test::open_descriptors() == before + 511);
    CHECK(test::receive_to_end(oldest.peer.get()) == "");
    CHECK(::send(others.peer.get(), "x", 1, MSG_NOSIGNAL) == 1);
}

TEST_CASE("linger: ending a connection ends every copy of it", "[linger]") {
    TcpPair tcp;
    const UniqueFd copy = tcp.server_copy();
    end_connection(std::move(tcp.server));
    CHECK(test::receive_to_end(tcp.peer.get()) == "");
    char byte = 0;
    CHECK(::recv(copy.get(), &byte, 1, 0) == 0);
    end_connection(UniqueFd());
}

}  // namespace linger_test
