// Outboxes: each client receives each line once and in order, however it reads and whenever delivery dies.
#include "chat-delivery/outboxes.h"

#include "shared/memory/slot_notes.h"
#include "shared/system/stream_position.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

#include <sys/epoll.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace outboxes_test {

using namespace chat;
using test::ScratchSegment;
using test::TcpPair;
using Append = Outboxes::Append;
using WriteState = Outboxes::WriteState;

namespace {

constexpr std::size_t outbox_size = test::small_sizes.outbox;

struct Scene {
    Slot& slot(SlotId client) const { return scratch.segment.slots()[client.slot]; }
    LeaveReason given_up(SlotId client) const {
        return chat::given_up(slot(client), client).value_or(LeaveReason::none);
    }
    // Replaces delivery, as a killed process by its successor: only the segment and the kernel's state remain.
    void restart() { outboxes = std::make_unique<Outboxes>(scratch.segment, epoll.get()); }
    void flush() { outboxes->flush(); }
    // The sockets that became writable.
    std::vector<std::uint32_t> ready() const {
        epoll_event events[8];
        const int count = ::epoll_wait(epoll.get(), events, 8, 0);
        std::vector<std::uint32_t> slots;
        for (int i = 0; i < count; ++i) slots.push_back(static_cast<std::uint32_t>(events[i].data.u64));
        return slots;
    }

    ScratchSegment scratch;
    UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    std::unique_ptr<Outboxes> outboxes = std::make_unique<Outboxes>(scratch.segment, epoll.get());
};

const SlotId one{1, 1};
const SlotId two{2, 1};

}  // namespace

TEST_CASE("outbox: lines go out in order", "[outbox][R11]") {
    Scene scene;
    const TcpPair tcp;
    scene.outboxes->attach(one, tcp.server_copy());
    CHECK(scene.outboxes->begin(one, 1, "welcome\n"));
    CHECK(scene.outboxes->append(one, 2, "first\nsecond\n") == Append::done);
    CHECK(scene.outboxes->append(one, 5, "third\n") == Append::done);
    CHECK(test::receive_waiting(tcp.peer.get()).empty());  // nothing is written before the flush
    CHECK(scene.outboxes->write_state(one) == WriteState::unsent);
    scene.flush();
    CHECK(test::receive(tcp.peer.get(), 27) == "welcome\nfirst\nsecond\nthird\n");
    CHECK(scene.outboxes->write_state(one) == WriteState::all_written);
    CHECK(scene.slot(one).written == 27);
    scene.flush();
    CHECK(test::receive_waiting(tcp.peer.get()).empty());
}

TEST_CASE("outbox: lines wait for a socket that comes later", "[outbox][D03]") {
    Scene scene;
    const TcpPair tcp;
    scene.outboxes->begin(one, 1, "welcome\n");
    scene.outboxes->append(one, 2, "first\n");
    scene.flush();
    CHECK_FALSE(scene.outboxes->is_attached(one));
    CHECK(scene.outboxes->socket_of(one) == -1);
    UniqueFd fd = tcp.server_copy();
    const int number = fd.get();
    scene.outboxes->attach(one, std::move(fd));
    CHECK(scene.outboxes->is_attached(one));
    CHECK_FALSE(scene.outboxes->is_attached({1, 2}));
    CHECK(scene.outboxes->socket_of(one) == number);
    scene.flush();
    CHECK(test::receive(tcp.peer.get(), 14) == "welcome\nfirst\n");
}

TEST_CASE("outbox: appending a record's lines is idempotent", "[outbox][N01]") {
    Scene scene;
    const TcpPair tcp;
    scene.outboxes->attach(one, tcp.server_copy());
    CHECK(scene.outboxes->begin(one, 7, "welcome\n"));
    CHECK_FALSE(scene.outboxes->begin(one, 7, "welcome\n"));
    for (int i = 0; i < 3; ++i) {
        CHECK(scene.outboxes->append(one, 8, "first\n") == Append::done);
        CHECK(scene.outboxes->append(one, 7, "again\n") == Append::done);
    }
    CHECK(scene.outboxes->append(one, 9, "second\n") == Append::done);
    CHECK(scene.outboxes->append(one, 8, "first\n") == Append::done);
    CHECK_FALSE(scene.outboxes->begin(one, 7, "welcome\n"));
    scene.flush();
    CHECK(test::receive(tcp.peer.get(), 21) == "welcome\nfirst\nsecond\n");
    scene.flush();
    CHECK(test::receive_waiting(tcp.peer.get()).empty());
}

TEST_CASE("outbox: a crash in the middle of a fan-out is not seen by anyone", "[outbox][N01]") {
    Scene scene;
    const TcpPair first;
    const TcpPair second;
    scene.outboxes->attach(one, first.server_copy());
    scene.outboxes->attach(two, second.server_copy());
    scene.outboxes->begin(one, 1, "welcome\n");
    scene.outboxes->begin(two, 2, "welcome\n");
    scene.flush();
    std::string expected = "welcome\n";
    for (std::uint64_t sequence = 3; sequence < 60; ++sequence) {
        const std::string line = "line " + std::to_string(sequence) + '\n';
        expected += line;
        // The first client has the line, whether or not it was written out; the second does not have it yet.
        scene.outboxes->append(one, sequence, line);
        if (sequence % 3 == 0) scene.flush();
        scene.restart();
        if (sequence % 2 == 0) scene.outboxes->attach(one, first.server_copy());
        scene.outboxes->append(one, sequence, line);
        scene.outboxes->append(two, sequence, line);
        if (sequence % 2 == 1) scene.outboxes->attach(one, first.server_copy());
        scene.outboxes->attach(two, second.server_copy());
        scene.flush();
    }
    CHECK(test::receive(first.peer.get(), expected.size()) == expected);
    CHECK(test::receive(second.peer.get(), expected.size()) == expected);
    CHECK(test::receive_waiting(first.peer.get()).empty());
    CHECK(test::receive_waiting(second.peer.get()).empty());
}

TEST_CASE("outbox: an append without its commit has no effect", "[outbox][N01]") {
    Scene scene;
    const TcpPair tcp;
    scene.outboxes->begin(one, 1, "welcome\n");
    Slot& slot = scene.slot(one);
    const std::uint64_t commit = slot.outbox_commit;
    scene.outboxes->append(one, 2, "lost\n");
    slot.outbox_commit = commit;  // everything but this word was written
    CHECK(committed_end(slot).tail == 8);
    scene.restart();
    scene.outboxes->attach(one, tcp.server_copy());
    CHECK(scene.outboxes->append(one, 2, "second\n") == Append::done);
    scene.flush();
    CHECK(test::receive(tcp.peer.get(), 15) == "welcome\nsecond\n");
}

TEST_CASE("outbox: what was sent but not noted is known from the kernel", "[outbox][N01]") {
    Scene scene;
    const TcpPair tcp;
    scene.outboxes->attach(one, tcp.server_copy());
    scene.outboxes->begin(one, 1, "welcome\n");
    scene.outboxes->append(one, 2, "first\n");
    scene.flush();
    for (const std::uint64_t noted : {0U, 5U, 8U, 14U}) {
        scene.slot(one).written = noted;
        scene.restart();
        scene.outboxes->attach(one, tcp.server_copy());
        CHECK(scene.slot(one).written == 14);
        scene.flush();
    }
    CHECK(test::receive(tcp.peer.get(), 14) == "welcome\nfirst\n");
    CHECK(test::receive_waiting(tcp.peer.get()).empty());
    CHECK(scene.given_up(one) == LeaveReason::none);
}

TEST_CASE("outbox: an impossible position disconnects the client", "[outbox]") {
    Scene scene;
    const TcpPair tcp;
    scene.outboxes->begin(one, 1, "welcome\n");
    test::send_all(tcp.server.get(), "more than was ever committed");
    scene.outboxes->attach(one, tcp.server_copy());
    CHECK(scene.given_up(one) == LeaveReason::lost);

    TcpPair gone;
    scene.outboxes->begin(two, 2, "welcome\n");
    test::reset_connection(gone.peer);
    REQUIRE(test::eventually([&] { return !written_position(gone.server.get()); }));
    scene.outboxes->attach(two, gone.server_copy());
    CHECK(scene.given_up(two) == LeaveReason::lost);
    CHECK(scene.outboxes->write_state(two) == WriteState::hopeless);
}

TEST_CASE("outbox: a slow client is buffered up to its limit, then disconnected, and no other waits", "[outbox][R80]") {
    Scene scene;
    const TcpPair slow(4096);
    const TcpPair quick;
    scene.outboxes->attach(one, slow.server_copy());
    scene.outboxes->attach(two, quick.server_copy());
    scene.outboxes->begin(one, 1, "welcome\n");
    scene.outboxes->begin(two, 2, "welcome\n");
    std::string sent = "welcome\n";
    std::uint64_t sequence = 3;
    Append last = Append::done;
    for (; sequence < 10'000; ++sequence) {
        const std::string line = std::string(99, static_cast<char>('a' + sequence % 26)) + '\n';
        last = scene.outboxes->append(one, sequence, line);
        REQUIRE(scene.outboxes->append(two, sequence, line) == Append::done);
        scene.flush();
        CHECK(test::receive(quick.peer.get(), sequence == 3 ? 108 : 100).ends_with(line));
        if (last == Append::gone) break;
        sent += line;
    }
    REQUIRE(last == Append::gone);
    CHECK(scene.given_up(one) == LeaveReason::slow);
    CHECK(scene.slot(one).gave_up_at == sequence);
    const std::uint64_t unsent = committed_end(scene.slot(one)).tail - scene.slot(one).written;
    CHECK(unsent > outbox_size - 100);  // the whole ring is used
    CHECK(unsent <= outbox_size);
    CHECK(scene.outboxes->write_state(one) == WriteState::hopeless);
    CHECK(scene.outboxes->append(one, sequence + 1, "more\n") == Append::gone);
    CHECK(scene.slot(one).gave_up_at == sequence);
    // The connection has ended; what arrived is the beginning of what was sent.
    const auto came = test::receive_to_end(slow.peer.get());
    REQUIRE(came);
    CHECK(sent.starts_with(*came));
    scene.restart();
    CHECK(scene.outboxes->append(one, sequence + 2, "more\n") == Append::gone);
    CHECK(scene.outboxes->write_state(one) == WriteState::hopeless);
}

TEST_CASE("outbox: a client that reads is not slow because much came at once", "[outbox][R80]") {
    Scene scene;
    const TcpPair tcp;
    scene.outboxes->attach(one, tcp.server_copy());
    scene.outboxes->begin(one, 1, "welcome\n");
    std::string sent = "welcome\n";
    for (std::uint64_t sequence = 2; sent.size() < 4 * outbox_size; ++sequence) {
        sent += std::string(999, 'x') + '\n';
        REQUIRE(scene.outboxes->append(one, sequence, std::string(999, 'x') + '\n') == Append::done);
    }
    scene.flush();
    CHECK(test::receive(tcp.peer.get(), sent.size()) == sent);
}

TEST_CASE("outbox: a socket that is attached again is written to at once", "[outbox][N01]") {
    Scene scene;
    const TcpPair tcp(4096);
    scene.outboxes->attach(one, tcp.server_copy());
    scene.outboxes->begin(one, 1, "welcome\n");
    std::size_t sent = 8;
    for (std::uint64_t sequence = 2; sent < scene.slot(one).written + 8000; ++sequence, sent += 1000) {
        REQUIRE(scene.outboxes->append(one, sequence, std::string(999, 'x') + '\n') == Append::done);
        scene.flush();
    }
    scene.outboxes->attach(one, tcp.server_copy());  // requested again, as after a restart of the acceptor
    std::size_t came = 0;
    CHECK(test::eventually([&] {
        came += test::receive_waiting(tcp.peer.get()).size();
        scene.outboxes->append(one, 1, "already there\n");
        scene.outboxes->mark(one.slot);
        scene.flush();
        for (const std::uint32_t slot : scene.ready()) scene.outboxes->on_writable(slot);
        return came == sent;
    }));
}

TEST_CASE("outbox: a client that reads again gets all, across the ring's end", "[outbox][R80]") {
    Scene scene;
    const TcpPair tcp(4096);
    scene.outboxes->attach(one, tcp.server_copy());
    scene.outboxes->begin(one, 1, "welcome\n");
    std::string sent = "welcome\n";
    std::string came;
    std::uint64_t wrapped = 0;
    for (std::uint64_t sequence = 2; sequence < 3000; ++sequence) {
        const std::string line = std::string(sequence * 7 % 150, static_cast<char>('a' + sequence % 26)) + '\n';
        sent += line;
        REQUIRE(scene.outboxes->append(one, sequence, line) == Append::done);
        if (sequence % 501 == 0) {
            scene.restart();
            scene.outboxes->attach(one, tcp.server_copy());
        }
        const OutboxEnd& end = committed_end(scene.slot(one));
        if ((end.tail - end.base) % outbox_size < (scene.slot(one).written - end.base) % outbox_size) ++wrapped;
        scene.flush();
        // It reads only when its outbox is nearly full.
        while (committed_end(scene.slot(one)).tail - scene.slot(one).written > outbox_size * 3 / 4) {
            came += test::receive(tcp.peer.get(), 500);
            for (const std::uint32_t slot : scene.ready()) scene.outboxes->on_writable(slot);
            scene.flush();
        }
    }
    CHECK(wrapped > 10);
    CHECK(test::eventually([&] {
        came += test::receive_waiting(tcp.peer.get());
        for (const std::uint32_t slot : scene.ready()) scene.outboxes->on_writable(slot);
        scene.flush();
        return came.size() == sent.size();
    }));
    CHECK(came == sent);
    CHECK(scene.outboxes->write_state(one) == WriteState::all_written);
}

TEST_CASE("outbox: a client that keeps up touches one page, and rest gives it back", "[outbox]") {
    Scene scene;
    const TcpPair tcp;
    const auto blocks = [&] {
        struct stat status {};
        REQUIRE(::stat(scene.scratch.instance.path().c_str(), &status) == 0);
        return status.st_blocks * 512;
    };
    const auto before = blocks();
    scene.outboxes->attach(one, tcp.server_copy());
    scene.outboxes->begin(one, 1, "welcome\n");
    for (std::uint64_t sequence = 2; sequence < 500; ++sequence) {
        scene.outboxes->append(one, sequence, std::string(99, 'x') + '\n', Origin{10'000, LedgerKind::direct});
        scene.flush();
        REQUIRE(test::receive(tcp.peer.get(), 100).size() == 100);
    }
    const auto outbox = scene.scratch.segment.outbox(one.slot);
    const auto is_touched = [](std::byte byte) { return byte != std::byte{0}; };
    CHECK(committed_end(scene.slot(one)).base == committed_end(scene.slot(one)).tail - 100);
    CHECK(committed_end(scene.slot(one)).entries == 1);
    CHECK(blocks() == before + 4096);       // with its ledger
    scene.outboxes->release_idle_memory();  // it was used since the last time
    CHECK(std::any_of(outbox.begin(), outbox.end(), is_touched));
    scene.outboxes->release_idle_memory();
    CHECK(blocks() == before);
    scene.outboxes->append(one, 600, "after the rest\n");
    scene.outboxes->release_idle_memory();
    scene.outboxes->release_idle_memory();  // not while something is unsent
    scene.flush();
    CHECK(test::receive_waiting(tcp.peer.get()).ends_with("after the rest\n"));
}

TEST_CASE("outbox: positions damaged while in use disconnect only that client", "[outbox]") {
    for (const std::uint64_t spoiled : {std::uint64_t{9}, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
        INFO(spoiled);
        Scene scene;
        const TcpPair tcp;
        const TcpPair other;
        scene.outboxes->attach(one, tcp.server_copy());
        scene.outboxes->attach(two, other.server_copy());
        scene.outboxes->begin(one, 1, "welcome\n");
        scene.outboxes->begin(two, 2, "welcome\n");
        scene.slot(one).written = spoiled;
        scene.flush();
        CHECK(scene.given_up(one) == LeaveReason::lost);
        CHECK(test::receive_to_end(tcp.peer.get()) == "");
        CHECK(test::receive(other.peer.get(), 8) == "welcome\n");
        CHECK(scene.outboxes->append(one, 3, "more\n") == Append::gone);

        scene.slot(two).written = spoiled;
        CHECK(scene.outboxes->append(two, 4, "more\n") == Append::gone);
    }
}

TEST_CASE("outbox: a damaged tail does not cause reads past the ring", "[outbox]") {
    Scene scene;
    const TcpPair tcp;
    scene.outboxes->attach(one, tcp.server_copy());
    scene.outboxes->begin(one, 1, "welcome\n");
    Slot& slot = scene.slot(one);
    slot.outbox[slot.outbox_commit & 1U].tail = 3 * outbox_size;
    scene.flush();
    CHECK(scene.given_up(one) == LeaveReason::lost);
}

TEST_CASE("outbox: first lines that cannot fit make a client slow and write nowhere else", "[outbox]") {
    Scene scene;
    scene.outboxes->begin(one, 1, std::string(outbox_size + 1, 'x'));
    CHECK(scene.given_up(one) == LeaveReason::slow);
    CHECK(scene.slot(one).gave_up_at == 2);
    CHECK(scene.scratch.segment.outbox(two.slot).front() == std::byte{0});
}

TEST_CASE("outbox: a socket that does not match the record is closed", "[outbox][D03][N01]") {
    Scene scene;
    const TcpPair earlier;  // of a client accepted by an acceptor that died before publishing the record
    const TcpPair tcp;
    const std::uint64_t cookie = socket_cookie(tcp.server.get());
    scene.outboxes->attach(one, earlier.server_copy());
    scene.outboxes->drop_unless(one, cookie);
    CHECK_FALSE(scene.outboxes->is_attached(one));
    scene.outboxes->attach(one, tcp.server_copy());
    scene.outboxes->drop_unless(one, cookie);
    CHECK(scene.outboxes->is_attached(one));
    scene.outboxes->begin(one, 1, "welcome\n");
    scene.flush();
    CHECK(test::receive(tcp.peer.get(), 8) == "welcome\n");
    CHECK(test::receive_waiting(earlier.peer.get()).empty());
}

}  // namespace outboxes_test
