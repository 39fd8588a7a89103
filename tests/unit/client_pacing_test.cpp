// How lines are paced on their way to the server: in turn, again when they were too fast.
#include "client/net/connection.h"
#include "client/net/plain_stream.h"
#include "client/talk/outgoing.h"
#include "tests/support/catch.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace client_pacing_test {

using namespace chat;

namespace {

ServerLine line(const std::string& text) {
    return parse_server_line(text).value();
}

// A connection, what the server's end of it has received, and lines on their way.
struct Conversing {
    Conversing() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        server.reset(ends[1]);
        connection.emplace(std::make_unique<PlainStream>(UniqueFd(ends[0])));
        outgoing.connected(*connection, {});
    }
    std::string sent() const {
        std::string bytes(std::size_t{1} << 16, '\0');
        const ssize_t count = ::recv(server.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
        return bytes;
    }
    void paste(const std::string& text) {
        Outgoing::Line pasted{text};
        pasted.is_of_paste = true;
        CHECK(outgoing.say_in_turn(pasted));
    }
    // Waits until the line that was too fast may be sent again.
    void wait_for_turn() {
        while (outgoing.poll_timeout() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        outgoing.take_turns();
    }

    UniqueFd server;
    std::optional<Connection> connection;
    Outgoing outgoing;
};

}  // namespace

TEST_CASE("lines in turn wait for the answer to the one before", "[outgoing][pace]") {
    Conversing chat;
    chat.paste("one");
    chat.paste("/two is text");
    chat.paste("quit");
    CHECK(chat.sent() == "@c1 /say lobby one\n");
    CHECK(chat.outgoing.poll_timeout() > 0);
    CHECK(chat.outgoing.answered(line("ok tag=c1 id=1"))->typed == "one");
    CHECK(chat.sent() == "@c2 /say lobby /two is text\n");
    CHECK(chat.outgoing.left_of_paste() == 2);
    CHECK_FALSE(chat.outgoing.answered(line("error code=bad-text tag=c2 :no"))->is_repeated);
    CHECK(chat.sent() == "@c3 /say lobby quit\n");
    CHECK(chat.outgoing.answered(line("ok tag=c3 id=3")));
    CHECK_FALSE(chat.outgoing.takes_turns());
    CHECK(chat.outgoing.poll_timeout() == -1);
    CHECK(chat.outgoing.say({"/date"}));
    CHECK(chat.outgoing.say({"/time"}));
    CHECK(chat.sent() == "@c4 /date\n@c5 /time\n");
}

TEST_CASE("a line that is too fast is sent again before those after it", "[outgoing][pace]") {
    Conversing chat;
    for (const char* text : {"one", "two"}) chat.paste(text);
    CHECK(chat.sent() == "@c1 /say lobby one\n");
    CHECK(chat.outgoing.answered(line("error code=too-fast tag=c1 :Slow down"))->is_repeated);
    CHECK(chat.sent().empty());
    CHECK(chat.outgoing.poll_timeout() > 0);
    chat.wait_for_turn();
    CHECK(chat.sent() == "@c2 /say lobby one\n");
    CHECK(chat.outgoing.answered(line("ok tag=c2 id=1")));
    CHECK(chat.sent() == "@c3 /say lobby two\n");
}

TEST_CASE("a command with a limit of its own is not sent again", "[outgoing][pace]") {
    Conversing chat;
    int number = 0;
    for (const char* typed : {"/login Robin wrong", "/password one two", "/certificate add", "/history lobby"}) {
        const std::string tag = "c" + std::to_string(++number);
        CHECK(chat.outgoing.say({typed}));
        CHECK_FALSE(chat.outgoing.answered(line("error code=too-fast tag=" + tag + " :Later"))->is_repeated);
    }
    CHECK(chat.outgoing.say({"/date"}));
    CHECK(chat.outgoing.answered(line("error code=too-fast tag=c5 :Slow down"))->is_repeated);
}

TEST_CASE("a pasted line stays text when it is sent again", "[outgoing][pace]") {
    Conversing chat;
    CHECK(chat.outgoing.disconnected().empty());
    chat.paste("/quit");  // waits for the connection, and is sent without a turn
    chat.outgoing.connected(*chat.connection, {});
    CHECK(chat.sent() == "@c1 /say lobby /quit\n");
    CHECK(chat.outgoing.answered(line("error code=too-fast tag=c1 :Slow down"))->is_repeated);
    chat.wait_for_turn();
    CHECK(chat.sent() == "@c2 /say lobby /quit\n");
}

TEST_CASE("typed lines that are too fast keep their order, and come before the rest of a paste", "[outgoing][pace]") {
    Conversing chat;
    CHECK(chat.outgoing.say({"a"}));
    CHECK(chat.outgoing.say({"/me b", {}, true}));
    CHECK(chat.outgoing.say({"@own /date"}));
    CHECK(chat.sent() == "@c1 /say lobby a\n@c2 /action lobby b\n@own /date\n");
    for (const char* tag : {"c1", "c2"})
        CHECK(chat.outgoing.answered(line("error code=too-fast tag=" + std::string(tag) + " :x"))->is_repeated);
    CHECK_FALSE(chat.outgoing.answered(line("error code=too-fast tag=own :x"))->is_repeated);
    for (const char* text : {"p1", "p2"}) chat.paste(text);
    CHECK(chat.outgoing.say({"c"}));
    chat.wait_for_turn();
    std::string order;
    for (int number = 3; number < 8; ++number) {
        order += chat.sent();
        (void)chat.outgoing.answered(line("ok tag=c" + std::to_string(number)));
    }
    CHECK(order == "@c3 /say lobby a\n@c4 /action lobby b\n@c5 /say lobby c\n@c6 /say lobby p1\n@c7 /say lobby p2\n");
    CHECK_FALSE(chat.outgoing.takes_turns());
}

TEST_CASE("a paste can be cancelled, and ends with the connection", "[outgoing][pace]") {
    Conversing chat;
    for (const char* text : {"p1", "p2", "p3"}) chat.paste(text);
    CHECK(chat.outgoing.say({"typed"}));
    CHECK(chat.outgoing.cancel_paste() == 2);
    CHECK(chat.sent() == "@c1 /say lobby p1\n");
    CHECK(chat.outgoing.answered(line("ok tag=c1")));
    CHECK(chat.sent() == "@c2 /say lobby typed\n");
    CHECK(chat.outgoing.answered(line("ok tag=c2")));
    for (const char* text : {"p4", "p5", "p6"}) chat.paste(text);
    CHECK(chat.outgoing.say({"later"}));
    CHECK(chat.outgoing.disconnected().size() == 1);  // p4
    CHECK(chat.outgoing.cancel_paste() == 2);
    CHECK(chat.outgoing.give_up() == std::vector<std::string>{"later"});
    CHECK_FALSE(chat.outgoing.takes_turns());
}

}  // namespace client_pacing_test
