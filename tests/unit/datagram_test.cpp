// The datagram service, as in protocol section 7.
#include "chat-acceptor/clients/datagram.h"

#include "tests/support/catch.h"
#include "tests/unit/tcp_pair.h"

#include <algorithm>
#include <string>

namespace datagram_test {

using namespace chat;

namespace {

constexpr Microseconds now = 1'795'177'865'000'000;

struct UdpPair {
    UdpPair() {
        for (UniqueFd* fd : {&server, &client}) {
            fd->reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            test::require_system(::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
                                 "bind");
        }
        sockaddr_in address{};
        socklen_t size = sizeof address;
        test::require_system(::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0,
                             "getsockname");
        test::require_system(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0,
                             "connect");
    }
    // "-" if nothing comes back.
    [[nodiscard]] std::string ask(const std::string& request) const {
        test::require_system(::send(client.get(), request.data(), request.size(), 0) >= 0, "send");
        serve_datagrams(server.get());
        std::string answer(70'000, '\0');
        const ssize_t size = ::recv(client.get(), answer.data(), answer.size(), MSG_DONTWAIT);
        return size < 0 ? "-" : answer.substr(0, static_cast<std::size_t>(size));
    }
    UniqueFd server;
    UniqueFd client;
};

}  // namespace

TEST_CASE("datagram: date, time and echo", "[datagram][R36][R37][R42]") {
    CHECK(answer_datagram("SEND_DATE", now) == local_date(now));
    CHECK(answer_datagram("SEND_TIME", now) == local_time(now));
    CHECK(answer_datagram("ECHO hello  there ", now) == "hello  there ");
    CHECK(answer_datagram("ECHO  x", now) == " x");
}

TEST_CASE("datagram: the service's own error is not answered", "[datagram][R38]") {
    CHECK(answer_datagram("what?", now) == "ERROR unknown request");
    CHECK(answer_datagram("ERROR unknown request", now).empty());
    CHECK(answer_datagram("ERROR unknown request\r\n", now).empty());
    CHECK(answer_datagram("ERROR", now) == "ERROR unknown request");
}

TEST_CASE("datagram: one line end is ignored, and an empty datagram is not answered", "[datagram][R36]") {
    for (const char* end : {"\n", "\r\n", "\r"}) {
        CHECK(answer_datagram(std::string("SEND_DATE") + end, now) == local_date(now));
        CHECK(answer_datagram(std::string("ECHO x") + end, now) == "x");
        CHECK(answer_datagram(end, now).empty());
    }
    CHECK(answer_datagram("", now).empty());
    CHECK(answer_datagram("ECHO x\n\n", now) == "x\n");
    CHECK(answer_datagram("ECHO ", now).empty());
}

TEST_CASE("datagram: anything else is an error, and never an amplification", "[datagram][R38]") {
    for (const std::string& request : {std::string("send_date"), std::string("SEND_DATE "), std::string(" SEND_TIME"),
                                       std::string("ECHO"), std::string("ECHOx"), std::string("\n\n"), std::string("x"),
                                       std::string(1, '\0'), std::string(60'000, 'x')}) {
        CHECK(answer_datagram(request, now) == "ERROR unknown request");
    }
    for (std::size_t size = 0; size < 100; ++size) {
        const std::string request = ("ECHO " + std::string(100, 'x')).substr(0, size);
        CHECK(answer_datagram(request, now).size() <= std::max<std::size_t>(request.size(), 32));
    }
}

TEST_CASE("datagram: over a socket, one in and at most one out, forever", "[datagram][R36][R37][R38]") {
    const UdpPair udp;
    CHECK(udp.ask("ECHO hello") == "hello");
    CHECK(udp.ask("") == "-");
    CHECK(udp.ask("\xff\xfe") == "ERROR unknown request");
    const std::string longest(65'000, 'x');
    CHECK(udp.ask("ECHO " + longest) == longest);
    CHECK(udp.ask("SEND_DATE\n").size() == 10);
    CHECK(udp.ask("SEND_TIME").size() == 8);
    for (int i = 0; i < 10; ++i) REQUIRE(::send(udp.client.get(), "ECHO x", 6, 0) == 6);
    serve_datagrams(udp.server.get());
    CHECK(test::receive_waiting(udp.client.get()) == "xxxxxxxxxx");
    serve_datagrams(udp.server.get());  // nothing waits, and it does not block
}

}  // namespace datagram_test
