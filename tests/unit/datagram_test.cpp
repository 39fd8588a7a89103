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

UniqueFd bound(int family, const char* address, std::uint16_t port = 0) {
    UniqueFd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_storage here{};
    here.ss_family = static_cast<sa_family_t>(family);
    socklen_t size = sizeof(sockaddr_in);
    if (family == AF_INET) {
        auto& four = reinterpret_cast<sockaddr_in&>(here);
        four.sin_port = htons(port);
        test::require_system(::inet_pton(family, address, &four.sin_addr) == 1, "address");
    } else {
        auto& six = reinterpret_cast<sockaddr_in6&>(here);
        six.sin6_port = htons(port);
        test::require_system(::inet_pton(family, address, &six.sin6_addr) == 1, "address");
        size = sizeof(sockaddr_in6);
    }
    if (fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&here), size) != 0) fd.reset();
    return fd;
}

std::uint16_t port_of(int fd) {
    sockaddr_in6 address{};
    socklen_t size = sizeof address;
    test::require_system(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
    return ntohs(address.sin6_port);  // at the same place in both families
}

void connect_to(int fd, const char* address, std::uint16_t port) {
    sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    test::require_system(::inet_pton(AF_INET, address, &there.sin_addr) == 1, "address");
    test::require_system(::connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0, "connect");
}

struct UdpPair {
    explicit UdpPair(const char* client_address = "127.0.0.1", std::uint16_t client_port = 0)
        : server(bound(AF_INET, "127.0.0.1")), client(bound(AF_INET, client_address, client_port)) {
        DatagramService::prepare(server.get());
        if (client) connect_to(client.get(), "127.0.0.1", port_of(server.get()));
    }
    // "-" if nothing comes back.
    [[nodiscard]] std::string ask(const std::string& request) {
        test::require_system(::send(client.get(), request.data(), request.size(), 0) >= 0, "send");
        service.serve(server.get());
        std::string answer(70'000, '\0');
        const ssize_t size = ::recv(client.get(), answer.data(), answer.size(), MSG_DONTWAIT);
        return size < 0 ? "-" : answer.substr(0, static_cast<std::size_t>(size));
    }
    UniqueFd server;
    UniqueFd client;
    std::optional<Address> banned;
    DatagramService service{[this](const Address& from) { return from == banned; }};
};

Address address(const std::string& text) {
    const auto parsed = Address::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

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
    UdpPair udp;
    CHECK(udp.ask("ECHO hello") == "hello");
    CHECK(udp.ask("") == "-");
    CHECK(udp.ask("\xff\xfe") == "ERROR unknown request");
    const std::string longest(65'000, 'x');
    CHECK(udp.ask("ECHO " + longest) == longest);
    CHECK(udp.ask("SEND_DATE\n").size() == 10);
    CHECK(udp.ask("SEND_TIME").size() == 8);
    for (int i = 0; i < 10; ++i) REQUIRE(::send(udp.client.get(), "ECHO x", 6, 0) == 6);
    udp.service.serve(udp.server.get());
    CHECK(test::receive_waiting(udp.client.get()) == "xxxxxxxxxx");
    udp.service.serve(udp.server.get());  // nothing waits, and it does not block
}

TEST_CASE("datagram: the answer comes from the address that was asked", "[datagram]") {
    for (const int family : {AF_INET, AF_INET6}) {
        const UniqueFd server = bound(family, family == AF_INET ? "0.0.0.0" : "::");
        if (!server) {
            WARN("there is no IPv6 here: only IPv4 was tried");
            continue;
        }
        DatagramService service{[](const Address&) { return false; }};
        for (const bool is_prepared : {false, true}) {
            // A datagram may have come before the start.
            if (is_prepared) DatagramService::prepare(server.get());
            const UniqueFd client = bound(AF_INET, "127.0.0.1");
            connect_to(client.get(), "127.0.0.2", port_of(server.get()));
            REQUIRE(::send(client.get(), "ECHO x", 6, 0) == 6);
            DatagramService::prepare(server.get());
            service.serve(server.get());
            CHECK(test::receive_waiting(client.get()) == "x");
        }
    }
}

TEST_CASE("datagram: ports of services that answer anything are not answered", "[datagram][R38]") {
    UdpPair low("127.0.0.1", 1023);
    if (!low.client) {
        WARN("port 1023 cannot be used here");
        return;
    }
    for (const char* request : {"what?", "ECHO x", "SEND_DATE", "SEND_TIME"}) CHECK(low.ask(request) == "-");
    UdpPair high("127.0.0.1", 1024);
    if (high.client) CHECK(high.ask("ECHO x") == "x");
}

TEST_CASE("datagram: a banned address is not answered", "[datagram]") {
    UdpPair udp;
    udp.banned = Address::parse("127.0.0.1");
    CHECK(udp.ask("ECHO x") == "-");
    udp.banned.reset();
    CHECK(udp.ask("ECHO x") == "x");
}

TEST_CASE("datagram: a peer that answers errors with a text of its own is left alone", "[datagram][R38]") {
    UdpPair loop;
    int rounds = 0;
    while (rounds < 1000 && loop.ask("Who is there?") == "ERROR unknown request") ++rounds;
    CHECK(rounds >= ErrorAnswers::a_second_for_a_host);
    CHECK(rounds < 1000);
    CHECK(loop.ask("ECHO hello") == "hello");
}

TEST_CASE("datagram: errors are bounded for each host and in total", "[datagram][R38]") {
    constexpr Microseconds second = 1'000'000;
    ErrorAnswers errors;
    Microseconds now = 5 * second;
    const auto take_all = [&](const std::string& host) {
        int taken = 0;
        while (taken < 1000 && errors.take(address(host), now)) ++taken;
        return taken;
    };
    CHECK(take_all("192.0.2.1") == 10);
    CHECK(take_all("::ffff:192.0.2.1") == 0);
    CHECK(take_all("2001:db8::1") == 10);
    CHECK(take_all("2001:db8::2") == 0);
    CHECK(take_all("2001:db8:0:1::2") == 10);
    int total = 30;
    for (int i = 2; i < 250; ++i) total += take_all("192.0.2." + std::to_string(i));
    CHECK(total == 100);
    now += second;
    CHECK(take_all("192.0.2.1") == 10);
    now += second;
    // Forgetting a host in a full table does not let anybody exceed the total.
    total = 0;
    for (int i = 0; i < 600; ++i) total += take_all("10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250));
    CHECK(total == 100);
}

}  // namespace datagram_test
