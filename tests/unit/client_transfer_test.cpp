// Transfers that are abandoned while their connection is still being made: nobody waits for it.
#include "client/files/incoming_file.h"
#include "client/files/outgoing_file.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace client_transfer_test {

using namespace chat;
using test::eventually;

namespace {

// A port that never accepts: connecting clients wait for the kernel's answer.
class SilentPort {
  public:
    SilentPort() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* where = reinterpret_cast<sockaddr*>(&address);
        test::require_system(::bind(listener_.get(), where, size) == 0, "bind");
        test::require_system(::listen(listener_.get(), 0) == 0, "listen");
        test::require_system(::getsockname(listener_.get(), where, &size) == 0, "getsockname");
        test::require_system(::connect(only_guest_.get(), where, size) == 0, "connect");
        number_ = ntohs(address.sin_port);
    }
    [[nodiscard]] std::string number() const { return std::to_string(number_); }
    // How many clients wait.
    [[nodiscard]] int connecting() const {
        std::array<char, 16> words{};
        std::snprintf(words.data(), words.size(), ":%04X 02 ", number_);  // the peer's port, SYN_SENT
        std::ifstream sockets("/proc/net/tcp");
        std::set<std::string> who;  // while other sockets come and go, the file may list a row twice or not at all
        for (std::string line; std::getline(sockets, line);) {
            const auto begin = line.find(": ");  // after the number of the row
            const auto end = line.find(words.data());
            if (end != std::string::npos) who.insert(line.substr(begin, end - begin));
        }
        return static_cast<int>(who.size());
    }

  private:
    UniqueFd listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    UniqueFd only_guest_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    unsigned number_ = 0;
};

const ServerAddress here{"127.0.0.1", "5000"};

}  // namespace

TEST_CASE("transfers: leaving does not wait for a connection that is being made", "[files][R75]") {
    const test::TemporaryDirectory scratch;
    const SilentPort port;
    const std::string path = scratch.file("photo.jpg");
    std::ofstream(path) << "content";
    auto file = open_to_send(path, "Robin");
    file->upload(here, ServerLine{"upload", {{"port", port.number()}, {"ticket", "abc"}}, {}});
    REQUIRE(eventually([&] { return port.connecting() == 1; }));

    // Nobody polls meanwhile: it reports when it is over, and when it should be abandoned.
    std::vector<pollfd> waiting;
    file->wait_for(waiting);
    REQUIRE(waiting.size() == 1);
    CHECK(::poll(waiting.data(), 1, 0) == 0);
    CHECK(file->poll_timeout() > 60'000);
    file->work();
    CHECK(file->outcome() == FileStream::Outcome::none);

    file.reset();
    CHECK(eventually([&] { return port.connecting() == 1; }));
}

TEST_CASE("transfers: declining a file does not wait for the connection that keeps its ticket valid", "[files][R78]") {
    const SilentPort port;
    auto file = std::make_unique<IncomingFile>(
        ServerLine{"file", {{"id", "77"}, {"size", "7"}, {"ticket", "abc"}, {"port", port.number()}}, "photo.jpg"});
    file->keep_ticket_alive(here);
    REQUIRE(eventually([&] { return port.connecting() == 1; }));
    file.reset();
    CHECK(eventually([&] { return port.connecting() == 1; }));
}

}  // namespace client_transfer_test
