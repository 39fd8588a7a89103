// Connections as the acceptor watches them.
#include "chat-acceptor/clients/connections.h"

#include "shared/memory/slot_notes.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

namespace connections_test {

using namespace chat;

TEST_CASE("connections: one that the kernel cannot watch is broken, and no exception", "[connections]") {
    const test::ScratchSegment scratch;
    Connections connections(scratch.segment);
    // epoll(7) refuses regular files, as it refuses sockets when it has no memory.
    const test::TemporaryDirectory directory;
    UniqueFd file(::open(directory.file("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(file);
    Connection& unwatched = connections.add({0, 1}, std::move(file), 0);
    CHECK(unwatched.input == Connection::Input::broken);
    CHECK(unwatched.end_reason == LeaveReason::lost);
    connections.leave(unwatched);
    CHECK(connections.left_count() == 1);

    test::TcpPair tcp;
    Connection& watched = connections.add({1, 1}, std::move(tcp.server), 0);
    CHECK(watched.input == Connection::Input::open);
    connections.pause(watched);
    watched.fd = UniqueFd(::open(directory.file("file").c_str(), O_RDWR | O_CLOEXEC));
    connections.resume(watched);
    CHECK(watched.input == Connection::Input::broken);
    CHECK(watched.end_reason == LeaveReason::lost);
}

TEST_CASE("connections: a client has taken all if delivery has, and goes on writing to it", "[connections]") {
    test::ScratchSegment scratch;
    Connections connections(scratch.segment);
    const SlotId client{0, 1};
    test::TcpPair tcp;
    Connection& connection = connections.add(client, std::move(tcp.server), 0);
    Slot& slot = scratch.segment.slots()[client.slot];
    slot.outbox[0].generation = client.generation;
    slot.outbox[0].tail = 100;
    CHECK_FALSE(connections.has_taken_all(connection, 0));
    slot.written = 100;
    CHECK(connections.has_taken_all(connection, 0));
    CHECK_FALSE(connections.has_taken_all(connection, 1));
    SECTION("it was given up: what followed never reached its outbox") {
        note_given_up(slot, client, LeaveReason::slow);
        CHECK_FALSE(connections.has_taken_all(connection, 0));
    }
    SECTION("its socket is missing after a restart: what it was given last may not have reached its outbox") {
        connections.leave(connection);
        CHECK_FALSE(connections.has_taken_all(connections.add_missing(client), 0));
    }
}

}  // namespace connections_test
