// How writing to a client ends: cleanly, by an error, or because its slot belongs to another client.
#include "chat-delivery/departures.h"
#include "chat-delivery/outboxes.h"
#include "chat-delivery/unsent.h"
#include "shared/memory/slot_notes.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

#include <sys/epoll.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string>

namespace outboxes_ending_test {

using namespace chat;
using test::TcpPair;
using Append = Outboxes::Append;
using WriteState = Outboxes::WriteState;

namespace {

const SlotId one{1, 1};

struct Scene {
    Scene() {
        outboxes->attach(one, tcp.server_copy());
        outboxes->begin(one, 1, "welcome\n");
    }
    Slot& slot() const { return scratch.segment.slots()[one.slot]; }
    void flush() { outboxes->flush(); }
    // It leaves while a message waits for it.
    void leave_unsent() {
        flush();
        outboxes->append(one, 2, "message id=2 from=48213 name=Batman to=51990 at=now :hi\n",
                         Origin{48213, LedgerKind::direct});
        set_row(one, SlotState::departed, 100);
        outboxes->give_up(one, LeaveReason::lost);
        departures->add(one);
        departures->end_finished();
    }
    // Replaces delivery, as a killed process by its successor.
    void restart() {
        outboxes = std::make_unique<Outboxes>(scratch.segment, epoll.get());
        departures = std::make_unique<Departures>(scratch.segment, *outboxes);
        departures->recover();
    }
    // As the acceptor does.
    void set_row(SlotId client, SlotState state, Position leaving_end) const {
        ClientRow row{};
        row.generation = client.generation;
        row.state = state;
        row.leaving_end = leaving_end;
        replace_row(slot(), row);
    }
    void set_cursors(Position head, Position logged) const {
        scratch.segment.words().head = head;
        scratch.segment.words().logged = logged;
    }
    // Units of 512 bytes.
    blkcnt_t memory() const {
        struct stat status {};
        test::require_system(::stat(scratch.instance.path().c_str(), &status) == 0, "stat");
        return status.st_blocks;
    }

    test::ScratchSegment scratch;
    UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    TcpPair tcp{4096};
    std::unique_ptr<Outboxes> outboxes = std::make_unique<Outboxes>(scratch.segment, epoll.get());
    std::unique_ptr<Departures> departures = std::make_unique<Departures>(scratch.segment, *outboxes);
};

}  // namespace

TEST_CASE("outbox: after the last line comes the end of the stream, and the peer may still write", "[outbox][R32]") {
    Scene scene;
    scene.outboxes->append(one, 2, "bye :Session ended\n");
    scene.flush();
    REQUIRE(scene.outboxes->write_state(one) == WriteState::all_written);
    scene.outboxes->end(one);
    CHECK(has_ended_cleanly(scene.slot(), one));
    CHECK_FALSE(scene.outboxes->is_attached(one));
    CHECK(scene.outboxes->is_ended(one));
    CHECK(test::receive_to_end(scene.tcp.peer.get()) == "welcome\nbye :Session ended\n");
    test::send_all(scene.tcp.peer.get(), "still there?");
    CHECK(test::receive(scene.tcp.server.get(), 12) == "still there?");
    CHECK(scene.outboxes->append(one, 3, "more\n") == Append::gone);
    scene.outboxes->end(one);  // ending is idempotent
    CHECK(has_ended_cleanly(scene.slot(), one));
}

TEST_CASE("outbox: ending with a direct message unsent is noted, and the lines are kept", "[outbox][R14]") {
    Scene scene;
    scene.flush();
    const std::string line = "message id=2 from=48213 name=Batman to=51990 at=now :hi\n";
    scene.outboxes->append(one, 2, line, Origin{48213, LedgerKind::direct});
    scene.outboxes->end(one);
    CHECK(has_ended(scene.slot(), one));
    CHECK_FALSE(has_ended_cleanly(scene.slot(), one));
    CHECK(test::receive_to_end(scene.tcp.peer.get()) == "welcome\n");
    const auto outbox = scene.scratch.segment.outbox(one.slot);
    CHECK(std::any_of(outbox.begin(), outbox.end(), [](std::byte byte) { return byte != std::byte{0}; }));
    CHECK(unsent_messages(scene.scratch.segment, one.slot).size() == 1);
}

TEST_CASE("outbox: ending with only other lines unsent gives its memory back", "[outbox]") {
    Scene scene;
    scene.outboxes->append(one, 2, "online id=1 name=x count=2 :x has joined.\n");
    scene.outboxes->end(one);
    CHECK(has_ended_cleanly(scene.slot(), one));
    const auto outbox = scene.scratch.segment.outbox(one.slot);
    CHECK(std::all_of(outbox.begin(), outbox.end(), [](std::byte byte) { return byte == std::byte{0}; }));
    CHECK(test::receive_to_end(scene.tcp.peer.get()) == "");  // nothing is written after the end
}

TEST_CASE("outbox: a reset is found when writing, and noted as lost", "[outbox]") {
    Scene scene;
    scene.flush();
    test::reset_connection(scene.tcp.peer);
    CHECK(test::eventually([&] {
        pollfd ended{scene.tcp.server.get(), POLLHUP, 0};
        return ::poll(&ended, 1, 0) == 1;
    }));
    scene.outboxes->append(one, 2, "first\n");
    scene.flush();
    CHECK(given_up(scene.slot(), one) == LeaveReason::lost);
    CHECK(scene.slot().gave_up_at == 3);  // what is in the outbox is not discarded here but reported as unsent
    CHECK(scene.outboxes->append(one, 3, "second\n") == Append::gone);
    CHECK(scene.outboxes->write_state(one) == WriteState::hopeless);
}

TEST_CASE("outbox: giving up says why once, and ends the connection for all its holders", "[outbox]") {
    Scene scene;
    scene.flush();
    scene.outboxes->give_up(one, LeaveReason::timeout);
    scene.outboxes->give_up(one, LeaveReason::lost);
    CHECK(given_up(scene.slot(), one) == LeaveReason::timeout);
    CHECK(scene.slot().gave_up_at == 2);
    CHECK(test::receive_to_end(scene.tcp.peer.get()) == "welcome\n");
    char byte = 0;
    CHECK(::recv(scene.tcp.server.get(), &byte, 1, MSG_DONTWAIT) == 0);
    scene.outboxes->give_up({77, 1}, LeaveReason::lost);  // no such slot
}

TEST_CASE("outbox: a last line is sent only if nothing else waits", "[outbox]") {
    {
        Scene scene;
        scene.flush();
        const UniqueFd fd = scene.outboxes->send_farewell(one, "offline reason=shutdown\n");
        CHECK(test::receive_to_end(scene.tcp.peer.get()) == "welcome\noffline reason=shutdown\n");
        CHECK_FALSE(scene.outboxes->is_attached(one));
    }
    Scene scene;
    CHECK(scene.outboxes->send_farewell(one, "offline reason=shutdown\n"));
    CHECK(test::receive_to_end(scene.tcp.peer.get()) == "");
    CHECK_FALSE(scene.outboxes->send_farewell(one, "offline reason=shutdown\n"));
}

TEST_CASE("outbox: the next client of the slot begins with its own outbox", "[outbox][N01]") {
    Scene scene;
    scene.flush();
    scene.outboxes->append(one, 2, "message id=2 from=48213 name=Batman to=51990 at=now :hi\n",
                           Origin{48213, LedgerKind::direct});
    scene.outboxes->give_up(one, LeaveReason::slow);
    scene.outboxes->end(one);
    const SlotId next{one.slot, 2};
    const TcpPair tcp;
    CHECK(scene.outboxes->append(next, 9, "too early\n") == Append::gone);
    scene.outboxes->attach(next, tcp.server_copy());  // before its first record, as it happens
    CHECK(scene.outboxes->begin(next, 10, "welcome\n"));
    CHECK(unsent_messages(scene.scratch.segment, one.slot).empty());
    CHECK(scene.outboxes->append(one, 11, "to the one before\n") == Append::gone);
    CHECK(scene.outboxes->append(next, 11, "first\n") == Append::done);
    scene.flush();
    CHECK(test::receive(tcp.peer.get(), 14) == "welcome\nfirst\n");
    CHECK(scene.outboxes->write_state(next) == WriteState::all_written);
    CHECK_FALSE(scene.outboxes->is_ended(next));
    CHECK(scene.outboxes->is_attached(next));
    CHECK_FALSE(scene.outboxes->is_attached(one));
}

TEST_CASE("outbox: unsent lines are released once their senders are notified and the log has marked them", "[outbox]") {
    Scene scene;
    scene.leave_unsent();
    const blkcnt_t before = scene.memory();
    scene.set_cursors(300, 300);
    scene.departures->release_closed();
    CHECK(scene.memory() == before);  // the closing record does not exist yet
    scene.set_row(one, SlotState::closed, 400);
    scene.departures->release_closed();
    scene.set_cursors(400, 399);
    scene.departures->release_closed();
    CHECK(scene.memory() == before);
    CHECK(unsent_messages(scene.scratch.segment, one.slot).size() == 1);
    scene.set_cursors(400, 400);
    scene.departures->release_closed();
    CHECK(scene.memory() == before - static_cast<blkcnt_t>(segment_page / 512));
    CHECK(has_ended_cleanly(scene.slot(), one));
    CHECK(unsent_messages(scene.scratch.segment, one.slot).empty());
}

TEST_CASE("outbox: a successor releases what its predecessor kept for a departed client", "[outbox]") {
    Scene scene;
    scene.leave_unsent();
    const blkcnt_t before = scene.memory();
    SECTION("that is still to be closed") {
        scene.set_cursors(300, 300);
        scene.restart();
        scene.departures->end_finished();
        CHECK(scene.memory() == before);
        scene.set_row(one, SlotState::closed, 400);
        scene.set_cursors(400, 400);
    }
    SECTION("that is closed") {
        scene.set_row(one, SlotState::closed, 400);
        scene.restart();
        scene.departures->release_closed();
        CHECK(scene.memory() == before);
        scene.set_cursors(400, 400);
    }
    scene.departures->release_closed();
    CHECK(scene.memory() < before);
}

TEST_CASE("outbox: the next client of the slot keeps its memory", "[outbox]") {
    Scene scene;
    scene.leave_unsent();
    const SlotId next{one.slot, 2};
    const TcpPair tcp;
    scene.set_row(next, SlotState::connected, 0);
    scene.outboxes->attach(next, tcp.server_copy());
    scene.outboxes->begin(next, 10, "welcome\n");
    const blkcnt_t before = scene.memory();
    scene.departures->release_closed();
    CHECK(scene.memory() == before);
    scene.flush();
    CHECK(test::receive(tcp.peer.get(), 8) == "welcome\n");
}

TEST_CASE("outbox: memory that an earlier process reserved for a client is released while the client is idle",
          "[outbox]") {
    Scene scene;
    scene.flush();
    scene.outboxes = std::make_unique<Outboxes>(scene.scratch.segment, scene.epoll.get());
    scene.outboxes->attach(one, scene.tcp.server_copy());
    scene.outboxes->release_idle_memory();  // it was used just now
    const blkcnt_t before = scene.memory();
    scene.outboxes->release_idle_memory();
    CHECK(scene.memory() < before);
    CHECK(scene.outboxes->append(one, 2, "more\n") == Append::done);
    scene.flush();
    CHECK(test::receive(scene.tcp.peer.get(), 13) == "welcome\nmore\n");
}

TEST_CASE("outbox: a slot that does not exist takes nothing", "[outbox][D02]") {
    Scene scene;
    const TcpPair tcp;
    CHECK(scene.outboxes->append({4, 1}, 2, "x\n") == Append::gone);
    CHECK(scene.outboxes->append({0xffffffff, 1}, 2, "x\n") == Append::gone);
    CHECK(scene.outboxes->append({0, 1}, 2, "x\n") == Append::gone);  // nobody's slot
    scene.outboxes->attach({4, 1}, tcp.server_copy());
    CHECK_FALSE(scene.outboxes->is_attached({4, 1}));
    CHECK(scene.outboxes->socket_of({0xffffffff, 1}) == -1);
}

}  // namespace outboxes_ending_test
