// What the kernel knows about a stream, over real TCP: correct after every way in which a connection can end.
#include "shared/system/stream_position.h"

#include "tests/support/catch.h"
#include "tests/unit/tcp_pair.h"

#include <thread>

namespace stream_position_test {

using namespace chat;
using test::eventually;
using test::TcpPair;

namespace {

void send_on(int fd, std::size_t size) {
    test::send_all(fd, std::string(size, 'x'));
}

bool consumed_is(const TcpPair& tcp, std::uint64_t position) {
    return eventually([&] { return consumed_position(tcp.server.get()) == position; });
}

// The bytes that the server's end has received, read or not.
bool has_come(const TcpPair& tcp, int size) {
    return eventually([&] {
        std::string buffer(static_cast<std::size_t>(size), '\0');
        return ::recv(tcp.server.get(), buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT) == size;
    });
}

std::string consume(const TcpPair& tcp, std::size_t size) {
    return test::receive(tcp.server.get(), size);
}

bool peer_end_has_come(const TcpPair& tcp) {
    return eventually([&] {
        pollfd poll{tcp.server.get(), POLLRDHUP, 0};
        return ::poll(&poll, 1, 0) == 1;
    });
}

}  // namespace

TEST_CASE("a new connection is at position 0", "[stream_position]") {
    const TcpPair tcp;
    CHECK(written_position(tcp.server.get()) == 0);
    CHECK(consumed_position(tcp.server.get()) == 0);
    CHECK(is_open_for_writing(tcp.server.get()));
}

TEST_CASE("consumed is what was read, not what has arrived", "[stream_position][N01]") {
    const TcpPair tcp;
    send_on(tcp.peer.get(), 1000);
    REQUIRE(has_come(tcp, 1000));
    CHECK(consumed_position(tcp.server.get()) == 0);
    for (std::uint64_t taken = 0; taken < 1000; taken += 125) {
        CHECK(consumed_position(tcp.server.get()) == taken);
        CHECK(consume(tcp, 125).size() == 125);
    }
    CHECK(consumed_position(tcp.server.get()) == 1000);
}

TEST_CASE("written is what the socket took, whether or not the peer reads", "[stream_position][N01]") {
    const TcpPair tcp(4096);
    const std::string much(100'000, 'x');
    std::uint64_t taken = 0;
    for (ssize_t sent = 0; (sent = ::send(tcp.server.get(), much.data(), much.size(), MSG_DONTWAIT)) > 0;)
        taken += static_cast<std::uint64_t>(sent);
    CHECK(errno == EAGAIN);
    CHECK(taken > 0);
    for (int i = 0; i < 100; ++i) REQUIRE(written_position(tcp.server.get()) == taken);
    CHECK(test::receive(tcp.peer.get(), taken).size() == taken);
    CHECK(written_position(tcp.server.get()) == taken);
}

TEST_CASE("positions are exact while bytes and acknowledgements are in flight", "[stream_position][N01]") {
    const TcpPair tcp;
    constexpr std::size_t total = 20'000'000;
    std::thread peer([&] {
        std::thread reader([&] { (void)test::receive(tcp.peer.get(), total); });
        const std::string piece(1448, 'x');
        for (std::size_t sent = 0; sent < total; sent += piece.size())
            test::send_all(tcp.peer.get(), std::string_view(piece).substr(0, total - sent));
        reader.join();
    });
    std::uint64_t written = 0;
    std::uint64_t consumed = 0;
    std::uint64_t wrong = 0;
    const std::string piece(7000, 'y');
    std::string buffer(5000, '\0');
    const auto until = std::chrono::steady_clock::now() + test::deadline;
    while ((written < total || consumed < total) && std::chrono::steady_clock::now() < until) {
        const std::size_t left = total - written;
        const ssize_t sent =
            left > 0 ? ::send(tcp.server.get(), piece.data(), std::min(left, piece.size()), MSG_DONTWAIT) : 0;
        if (sent > 0) written += static_cast<std::uint64_t>(sent);
        for (int i = 0; i < 4; ++i)
            if (written_position(tcp.server.get()) != written) ++wrong;
        const ssize_t got = ::recv(tcp.server.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got > 0) consumed += static_cast<std::uint64_t>(got);
        for (int i = 0; i < 4; ++i)
            if (consumed_position(tcp.server.get()) != consumed) ++wrong;
    }
    peer.join();
    CHECK(written == total);
    CHECK(consumed == total);
    CHECK(wrong == 0);
}

TEST_CASE("the peer's end is not a byte, neither unread nor read", "[stream_position][N01]") {
    const TcpPair tcp;
    send_on(tcp.peer.get(), 100);
    send_on(tcp.server.get(), 30);
    ::shutdown(tcp.peer.get(), SHUT_WR);
    REQUIRE(has_come(tcp, 100));
    REQUIRE(peer_end_has_come(tcp));
    CHECK(consumed_position(tcp.server.get()) == 0);
    CHECK(consume(tcp, 40).size() == 40);
    CHECK(consumed_position(tcp.server.get()) == 40);
    CHECK(consume(tcp, 60).size() == 60);
    char byte = 0;
    CHECK(::recv(tcp.server.get(), &byte, 1, MSG_DONTWAIT) == 0);
    CHECK(consumed_position(tcp.server.get()) == 100);
    CHECK(written_position(tcp.server.get()) == 30);
    send_on(tcp.server.get(), 5);  // the peer's end is not this side's
    CHECK(written_position(tcp.server.get()) == 35);
    CHECK(is_open_for_writing(tcp.server.get()));
}

TEST_CASE("this side's own end is not a byte", "[stream_position][N01]") {
    const TcpPair tcp;
    send_on(tcp.server.get(), 200);
    ::shutdown(tcp.server.get(), SHUT_WR);
    CHECK(written_position(tcp.server.get()) == 200);
    CHECK_FALSE(is_open_for_writing(tcp.server.get()));
    CHECK(test::receive_to_end(tcp.peer.get())->size() == 200);
    for (int i = 0; i < 50; ++i) CHECK(written_position(tcp.server.get()) == 200);
    send_on(tcp.peer.get(), 70);
    CHECK(consume(tcp, 70).size() == 70);
    CHECK(consumed_position(tcp.server.get()) == 70);
}

TEST_CASE("an end that the peer cannot take yet is not a byte either", "[stream_position][N01]") {
    const TcpPair tcp(4096);
    const std::string much(1'000'000, 'x');
    std::uint64_t taken = 0;
    for (ssize_t sent = 0; (sent = ::send(tcp.server.get(), much.data(), much.size(), MSG_DONTWAIT)) > 0;)
        taken += static_cast<std::uint64_t>(sent);
    ::shutdown(tcp.server.get(), SHUT_WR);
    CHECK(written_position(tcp.server.get()) == taken);
    CHECK(test::receive_to_end(tcp.peer.get())->size() == taken);
    CHECK(written_position(tcp.server.get()) == taken);
}

TEST_CASE("after both ends the kernel is right or says that it no longer knows", "[stream_position][N01]") {
    const TcpPair tcp;
    send_on(tcp.peer.get(), 10);
    send_on(tcp.server.get(), 20);
    ::shutdown(tcp.peer.get(), SHUT_WR);
    REQUIRE(has_come(tcp, 10));
    REQUIRE(peer_end_has_come(tcp));
    ::shutdown(tcp.server.get(), SHUT_WR);
    for (int i = 0; i < 50; ++i) {
        const auto written = written_position(tcp.server.get());
        const auto consumed = consumed_position(tcp.server.get());
        CHECK((!written || *written == 20));
        CHECK((!consumed || *consumed == 0));
    }
}

TEST_CASE("urgent bytes are bytes of the stream", "[stream_position][N01]") {
    const TcpPair tcp;
    send_on(tcp.peer.get(), 5);
    REQUIRE(::send(tcp.peer.get(), "!", 1, MSG_OOB) == 1);
    send_on(tcp.peer.get(), 5);
    REQUIRE(has_come(tcp, 5));  // a read stops before the urgent byte
    CHECK(consumed_position(tcp.server.get()) == 0);
    CHECK(consume(tcp, 11) == "xxxxx!xxxxx");
    CHECK(consumed_is(tcp, 11));
}

TEST_CASE("after a reset nothing is known", "[stream_position]") {
    TcpPair tcp;
    send_on(tcp.peer.get(), 10);
    REQUIRE(has_come(tcp, 10));
    CHECK(consume(tcp, 4).size() == 4);
    test::reset_connection(tcp.peer);
    CHECK(eventually([&] { return !consumed_position(tcp.server.get()); }));
    CHECK_FALSE(written_position(tcp.server.get()));
    CHECK_FALSE(is_open_for_writing(tcp.server.get()));
}

TEST_CASE("anything but a TCP socket has no position", "[stream_position]") {
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (const int fd : {-1, file.get()}) {
        CHECK_FALSE(written_position(fd));
        CHECK_FALSE(consumed_position(fd));
        CHECK_FALSE(is_open_for_writing(fd));
        CHECK(socket_cookie(fd) == 0);
    }
}

TEST_CASE("a socket has one cookie in all its copies, and no other has it", "[stream_position][D03]") {
    const TcpPair tcp;
    const UniqueFd copy = tcp.server_copy();
    CHECK(socket_cookie(tcp.server.get()) != 0);
    CHECK(socket_cookie(copy.get()) == socket_cookie(tcp.server.get()));
    CHECK(socket_cookie(tcp.peer.get()) != socket_cookie(tcp.server.get()));
}

}  // namespace stream_position_test
