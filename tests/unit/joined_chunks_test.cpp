// Messages of SASL that take several lines.
#include "chat-acceptor/dialects/irc/joined_chunks.h"

#include "tests/support/catch.h"

#include <string>

namespace joined_chunks_test {

using chat::irc::JoinedChunks;
using End = JoinedChunks::End;

namespace {

const std::string full(400, 'A');

std::string line_of(const std::string& chunk) {
    return "AUTHENTICATE " + chunk + "\r\n";
}

}  // namespace

TEST_CASE("sasl: a message ends with a shorter chunk or a plus sign", "[irc]") {
    const std::string last = line_of("BBBB");
    const JoinedChunks two(full, last + "NICK x\r\n");
    CHECK(two.end() == End::whole);
    CHECK(two.message() == full + "BBBB");
    CHECK(two.used() == last.size());
    const std::string rest = line_of(full) + "\r\nauthenticate +\n";
    const JoinedChunks even(full, rest);
    CHECK(even.end() == End::whole);
    CHECK(even.message() == full + full);
    CHECK(even.used() == rest.size());
}

TEST_CASE("sasl: a message whose end is missing takes what there is of it", "[irc]") {
    CHECK(JoinedChunks(full, "").end() == End::missing);
    const std::string half = line_of("BBBB").substr(0, 12);
    const JoinedChunks cut(full, half);
    CHECK(cut.end() == End::missing);
    CHECK(cut.used() == 0);
    CHECK_FALSE(cut.is_interrupted());
    const JoinedChunks interrupted(full, line_of(full) + "PING 1\r\n");
    CHECK(interrupted.end() == End::missing);
    CHECK(interrupted.is_interrupted());
    CHECK(interrupted.used() == line_of(full).size());
}

TEST_CASE("sasl: a message can be given up, and cannot be too long", "[irc]") {
    const JoinedChunks aborted(full, line_of("*"));
    CHECK(aborted.end() == End::aborted);
    CHECK(aborted.used() == line_of("*").size());
    const std::string twice = line_of(full) + line_of(full);
    const JoinedChunks long_one(full, twice + line_of("+"));
    CHECK(long_one.end() == End::too_long);
    CHECK(long_one.used() == twice.size());
    CHECK(JoinedChunks(full, line_of(std::string(401, 'B'))).end() == End::too_long);
}

}  // namespace joined_chunks_test
