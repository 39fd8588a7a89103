// The client's connection over real sockets.
#include "client/net/connecting.h"
#include "client/net/connection.h"
#include "client/net/plain_stream.h"
#include "tests/support/catch.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

namespace client_connection_test {

using chat::Connection;
using chat::PlainStream;
using chat::UniqueFd;

namespace {

struct Ends {
    Connection client;
    UniqueFd server;
};

Ends connected_pair() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return {Connection(std::make_unique<PlainStream>(UniqueFd(ends[0]))), UniqueFd(ends[1])};
}

// Up to a megabyte of what the server's end has received.
std::string received(const UniqueFd& server) {
    std::string bytes(std::size_t{1} << 20, '\0');
    const ssize_t count = ::recv(server.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return bytes;
}

void say(const UniqueFd& server, const std::string& bytes) {
    REQUIRE(::send(server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

TEST_CASE("lines go out with their end and come in without", "[connection][R34]") {
    auto [client, server] = connected_pair();
    client.send("hello");
    CHECK(received(server) == "hello\n");
    CHECK(client.all_sent());
    CHECK(client.sent() == 6);
    say(server, "one\r\ntwo\nthr");
    client.receive();
    CHECK(client.next_line()->text == "one");
    CHECK(client.next_line()->text == "two");
    CHECK_FALSE(client.next_line());
    CHECK_FALSE(client.closed());
}

TEST_CASE("a server that does not read fills a bounded outbox and blocks nobody", "[connection]") {
    auto [client, server] = connected_pair();
    const std::string line(1023, 'x');
    std::size_t lines = 0;
    constexpr std::size_t far_too_many = 200'000;  // more than any kernel takes for one connection
    for (; client.has_room() && lines < far_too_many; ++lines) client.send(line);
    CHECK(lines < far_too_many);
    CHECK_FALSE(client.all_sent());

    std::size_t bytes = 0;
    for (std::size_t round = 0; round < 10 * far_too_many && bytes < lines * 1024; ++round) {
        bytes += received(server).size();
        client.send_waiting();
    }
    CHECK(bytes == lines * 1024);
    CHECK(client.all_sent());
    CHECK(client.has_room());
}

TEST_CASE("what came before the end can still be taken", "[connection]") {
    auto [client, server] = connected_pair();
    say(server, "refused code=limit :full\nok tag=c1");
    server.reset();
    client.receive();
    client.receive();
    CHECK(client.closed());
    CHECK(client.next_line()->text == "refused code=limit :full");
    CHECK_FALSE(client.next_line());  // it may have been about to complete c12
    client.send("nobody hears this");
    CHECK_FALSE(client.all_sent());
}

TEST_CASE("a missing server is reported in one line", "[connection][R88]") {
    chat::ServerAddress nobody;
    nobody.port = "1";
    const chat::Reached reached = chat::connect_to(nobody, std::chrono::seconds(5), false);
    CHECK_FALSE(reached.stream);
    CHECK(reached.failure.kind == chat::ConnectFailure::Kind::unreachable);
    CHECK(reached.failure.text == "no server at 127.0.0.1:1: Connection refused");
}

}  // namespace client_connection_test
