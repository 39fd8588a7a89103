// Connections that wait for the header of a TLS terminator.
#include "chat-acceptor/clients/proxied_newcomers.h"

#include "tests/support/catch.h"
#include "tests/unit/tcp_pair.h"

#include <string>
#include <utility>
#include <vector>

namespace proxied_newcomers_test {

using namespace chat;
using chat::test::TcpPair;

namespace {

// Of a client at 192.0.2.7:50312.
const std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\x7f\x00\x00\x01\xc4\x88\x16\x41", 28);

}  // namespace

TEST_CASE("proxied newcomers: one that had to make room is not looked at again", "[proxied_newcomers]") {
    std::vector<std::string> arrived;
    std::vector<UniqueFd> copies;  // as the service manager has them: with one, closing does not end the watching
    std::vector<UniqueFd> peers;
    ProxiedNewcomers waiting({}, [&arrived](const Newcomer& newcomer) { arrived.push_back(newcomer.peer); });
    for (std::size_t i = 0; i <= ProxiedNewcomers::max_waiting; ++i) {
        TcpPair pair;
        copies.push_back(pair.server_copy());
        peers.push_back(std::move(pair.peer));
        waiting.add({.fd = std::move(pair.server), .peer = {}, .address = {}});
    }
    waiting.serve();
    CHECK(arrived.empty());
    CHECK(test::receive_to_end(peers.front().get()) == "");
    test::send_all(peers.back().get(), header);
    for (int i = 0; i < 1000 && arrived.empty(); ++i) waiting.serve();
    CHECK(arrived == std::vector<std::string>{"192.0.2.7:50312"});
}

}  // namespace proxied_newcomers_test
