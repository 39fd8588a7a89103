// Inboxes: lines come out as they were sent, wherever the ring wraps and whenever the process dies.
#include "chat-acceptor/clients/inbox.h"

#include "shared/system/stream_position.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

#include <algorithm>
#include <string>
#include <vector>

namespace inbox_test {

using namespace chat;
using test::eventually;
using test::ScratchSegment;

namespace {

constexpr std::size_t max_line = test::small_sizes.max_line;

// A client's connection and its inbox. To process a line, the acceptor stores its state.
struct Scene {
    explicit Scene(const SegmentSizes& sizes = test::small_sizes) : scratch(sizes) {}

    // The inbox as a successor rebuilds it: from the segment and from what the kernel knows.
    void restart() { inbox = Inbox(scratch.segment, 1, consumed_position(tcp.server.get()).value()); }

    // Sends the bytes and reads them into the inbox, as far as there is space.
    Inbox::Fill send(std::string_view bytes) {
        test::send_all(tcp.peer.get(), bytes);
        return fill(bytes.size());
    }
    Inbox::Fill fill(std::size_t size) {
        const std::uint64_t wanted = consumed_position(tcp.server.get()).value() + size;
        Inbox::Fill last = Inbox::Fill::some;
        (void)eventually([&] {
            last = inbox.fill(tcp.server.get());
            return consumed_position(tcp.server.get()) == wanted || is_full;
        });
        return last;
    }

    // Processes the next line; "-" if there is none, and a mark before one that is too long.
    std::string take() {
        const auto line = inbox.next_line();
        if (!line) return "-";
        const std::string text = (line->too_long ? "too long: " : "") + std::string(line->text);
        state().store(line->state_after);
        return text;
    }
    SharedWord& state() { return scratch.segment.slots()[1].parsed; }

    ScratchSegment scratch;
    test::TcpPair tcp;
    Inbox inbox{scratch.segment, 1, 0};
    bool is_full = false;
};

}  // namespace

TEST_CASE("inbox: lines end in LF or CR LF, and empty ones are skipped", "[inbox]") {
    Scene scene;
    CHECK(scene.take() == "-");
    scene.send("one\ntwo\r\n\n\r\n  three \rx\r\r\nfour");
    CHECK(scene.take() == "one");
    CHECK(scene.take() == "two");
    CHECK(scene.take() == "  three \rx\r");
    CHECK(scene.take() == "-");
    scene.send(" goes on\n");
    CHECK(scene.take() == "four goes on");
    CHECK(scene.take() == "-");
    scene.send("\n\n\r\n");
    CHECK(scene.take() == "-");
    CHECK(scene.state() == std::uint64_t{42} << 1U);
    scene.send(std::string("nul\0inside\n", 11));
    CHECK(scene.take() == std::string("nul\0inside", 10));
}

TEST_CASE("inbox: a line that was not processed is the next one again", "[inbox][N01]") {
    Scene scene;
    scene.send("one\ntwo\n");
    CHECK(scene.inbox.next_line()->text == "one");
    CHECK(scene.inbox.next_line()->text == "one");
    CHECK(scene.take() == "one");
    CHECK(scene.take() == "two");
}

TEST_CASE("inbox: lines come out whole across the ring's end, in any pieces", "[inbox]") {
    Scene scene;
    std::uint32_t random = 3;
    std::string sent;
    std::vector<std::string> lines;
    while (sent.size() < 12 * test::small_sizes.inbox) {
        random = random * 1664525U + 1013904223U;
        lines.push_back(std::string(1 + (random >> 8U) % (max_line - 2), static_cast<char>('a' + lines.size() % 26)));
        sent += lines.back() + '\n';
    }
    std::size_t taken = 0;
    std::uint32_t offsets_past_end = 0;
    for (std::size_t at = 0; at < sent.size();) {
        random = random * 1664525U + 1013904223U;
        const std::size_t size = std::min<std::size_t>(1 + (random >> 8U) % 3000, sent.size() - at);
        scene.send(std::string_view(sent).substr(at, size));
        at += size;
        // Some lines stay, so that the ring is rarely empty and wraps anywhere.
        for (std::string line; (random >> 20U) % 4 != 0 && (line = scene.take()) != "-"; ++taken) {
            if (line != lines[taken]) FAIL("line " << taken);
            if (scene.scratch.segment.slots()[1].inbox_base == 0) ++offsets_past_end;
        }
    }
    for (std::string line; (line = scene.take()) != "-"; ++taken)
        if (line != lines[taken]) FAIL("line " << taken);
    CHECK(taken == lines.size());
    CHECK(offsets_past_end > 0);
}

TEST_CASE("inbox: a full one takes no more until lines are taken out", "[inbox][R80]") {
    Scene scene;
    scene.is_full = true;
    std::string bytes;
    while (bytes.size() < test::small_sizes.inbox + 4096) bytes += "0123456789abcdef0123456789abcde\n";
    test::send_all(scene.tcp.peer.get(), bytes);
    CHECK(eventually([&] {
        (void)scene.inbox.fill(scene.tcp.server.get());
        return consumed_position(scene.tcp.server.get()) == test::small_sizes.inbox;
    }));
    CHECK(scene.inbox.fill(scene.tcp.server.get()) == Inbox::Fill::nothing);
    CHECK(consumed_position(scene.tcp.server.get()) == test::small_sizes.inbox);
    CHECK(scene.take() == "0123456789abcdef0123456789abcde");
    CHECK(scene.inbox.fill(scene.tcp.server.get()) == Inbox::Fill::some);
    CHECK(consumed_position(scene.tcp.server.get()) == test::small_sizes.inbox + 32);
}

TEST_CASE("inbox: reads are limited to reserved memory, and more is reserved when it fills", "[inbox]") {
    Scene scene;
    test::send_all(scene.tcp.peer.get(), std::string(test::small_sizes.inbox, 'x'));
    pollfd readable{scene.tcp.server.get(), POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 10'000) == 1);
    REQUIRE(eventually([&] {
        std::string all(test::small_sizes.inbox, '\0');
        return ::recv(scene.tcp.server.get(), all.data(), all.size(), MSG_PEEK) == static_cast<ssize_t>(all.size());
    }));
    CHECK(scene.inbox.fill(scene.tcp.server.get()) == Inbox::Fill::some);
    CHECK(consumed_position(scene.tcp.server.get()) == 4096);
    CHECK(scene.inbox.fill(scene.tcp.server.get()) == Inbox::Fill::some);
    CHECK(consumed_position(scene.tcp.server.get()) == 8192);
}

TEST_CASE("inbox: a line of the maximum length is accepted, one byte more is not", "[inbox]") {
    for (const std::string_view end : {"\n", "\r\n"}) {
        Scene scene;
        const std::string longest(max_line - end.size(), 'x');
        scene.send(longest + std::string(end) + "next\n");
        CHECK(scene.take() == longest);
        CHECK(scene.take() == "next");
        scene.send(longest + 'x' + std::string(end) + "next\n");
        CHECK(scene.take().starts_with("too long: xxx"));
        CHECK(scene.take() == "next");
        CHECK(scene.take() == "-");
    }
}

TEST_CASE("inbox: a line that is too long is reported once, as early as possible, and skipped", "[inbox]") {
    Scene scene;
    scene.send("@7 /echo " + std::string(max_line - 10, 'x'));
    CHECK(scene.take() == "-");  // one byte less than the longest line, and no end yet
    scene.send("y");
    const auto line = scene.inbox.next_line();
    REQUIRE(line);
    CHECK(line->too_long);
    CHECK(line->text.starts_with("@7 /echo xxx"));
    CHECK(line->text.size() == max_line);
    scene.state() = line->state_after;
    CHECK(scene.take() == "-");
    for (int i = 0; i < 100; ++i) {
        scene.send(std::string(2000, 'z'));
        REQUIRE(scene.take() == "-");
    }
    scene.send("the end of it\nnext\n");
    CHECK(scene.take() == "next");
    CHECK(scene.take() == "-");
}

TEST_CASE("inbox: a long line that came in one piece is skipped at once", "[inbox]") {
    Scene scene;
    scene.send("first\n" + std::string(3 * max_line, 'x') + "\nnext\n");
    CHECK(scene.take() == "first");
    CHECK(scene.take().starts_with("too long: "));
    CHECK(scene.take() == "next");
    CHECK(scene.take() == "-");
}

TEST_CASE("inbox: a restart at any byte loses no line and repeats none", "[inbox][N01]") {
    const std::string sent = "one\ntwo\r\n\n@7 /echo " + std::string(2 * max_line, 'x') + "\nthree\nfour\n";
    std::vector<std::string> expected;
    for (std::size_t split = 0; split <= sent.size(); split += split < 30 || split > sent.size() - 20 ? 1U : 37U) {
        Scene scene;
        std::vector<std::string> taken;
        const auto take_all = [&] {
            for (std::string line; (line = scene.take()) != "-";) taken.push_back(line.substr(0, 20));
        };
        scene.send(std::string_view(sent).substr(0, split));
        if (split % 2 == 0) take_all();
        scene.restart();
        if (split % 3 == 0) take_all();
        scene.restart();
        scene.send(std::string_view(sent).substr(split));
        take_all();
        INFO("restart after " << split << " bytes");
        CHECK(taken == std::vector<std::string>{"one", "two", "too long: @7 /echo x", "three", "four"});
    }
}

TEST_CASE("inbox: a successor reads bytes across the ring's end that its predecessor put there", "[inbox][N01]") {
    Scene scene;
    const std::string filler(500, 'f');
    for (int i = 0; i < 15; ++i) scene.send(filler + '\n');  // 7515 of 8192 bytes
    for (int i = 0; i < 14; ++i) CHECK(scene.take() == filler);
    const std::string crossing(400, 'c');
    scene.send(crossing + '\n' + crossing + '\n');
    scene.restart();
    CHECK(scene.take() == filler);
    CHECK(scene.take() == crossing);
    CHECK(scene.take() == crossing);
    CHECK(scene.take() == "-");
}

TEST_CASE("inbox: an impossible position is rejected", "[inbox]") {
    const ScratchSegment scratch;
    scratch.segment.slots()[1].parsed = std::uint64_t{100} << 1U;
    for (const std::uint64_t received :
         {std::uint64_t{99}, std::uint64_t{101 + test::small_sizes.inbox}, ~std::uint64_t{0}}) {
        Inbox inbox(scratch.segment, 1, received);
        CHECK_FALSE(inbox.next_line());
    }
}

TEST_CASE("inbox: the ways in which a stream can end are distinguished", "[inbox]") {
    Scene scene;
    CHECK(scene.inbox.fill(scene.tcp.server.get()) == Inbox::Fill::nothing);
    test::send_all(scene.tcp.peer.get(), "last words\nunfinished");
    scene.fill(21);
    ::shutdown(scene.tcp.peer.get(), SHUT_WR);
    CHECK(eventually([&] { return scene.inbox.fill(scene.tcp.server.get()) == Inbox::Fill::end; }));
    CHECK(scene.take() == "last words");
    CHECK(scene.take() == "-");

    Scene other;
    test::reset_connection(other.tcp.peer);
    CHECK(eventually([&] { return other.inbox.fill(other.tcp.server.get()) == Inbox::Fill::broken; }));
}

TEST_CASE("inbox: a client that keeps up touches one page, and rest gives it back", "[inbox]") {
    Scene scene;
    for (int i = 0; i < 200; ++i) {
        scene.send(std::string(100, 'x') + '\n');
        REQUIRE(scene.take() == std::string(100, 'x'));
    }
    const auto inbox = scene.scratch.segment.inbox(1);
    const auto is_touched = [](std::byte byte) { return byte != std::byte{0}; };
    CHECK(std::any_of(inbox.begin(), inbox.begin() + 4096, is_touched));
    CHECK(std::none_of(inbox.begin() + 4096, inbox.end(), is_touched));
    scene.send("unfinished");
    scene.inbox.release_idle_memory();
    CHECK(std::any_of(inbox.begin(), inbox.end(), is_touched));  // not given back while something is unread
    scene.send("\n");
    CHECK(scene.take() == "unfinished");
    scene.inbox.release_idle_memory();
    CHECK(std::none_of(inbox.begin(), inbox.end(), is_touched));
    scene.send("after the rest\n");
    CHECK(scene.take() == "after the rest");
    scene.send("never read");
    scene.inbox.release_memory();
    CHECK(std::none_of(inbox.begin(), inbox.end(), is_touched));
}

TEST_CASE("inbox: a position damaged while in use ends the connection", "[inbox]") {
    for (const std::uint64_t spoiled : {std::uint64_t{14}, std::uint64_t{1} << 40U, ~std::uint64_t{0} >> 2U}) {
        INFO(spoiled);
        Scene scene;
        scene.send("first line\nsec");
        CHECK(scene.take() == "first line");
        scene.state() = (spoiled + 1) << 1U;
        CHECK_FALSE(scene.inbox.next_line());
        CHECK(scene.inbox.fill(scene.tcp.server.get()) == Inbox::Fill::broken);
    }
}

namespace {

bool holds(const Scene& scene, std::string_view word) {
    const auto bytes = scene.scratch.segment.inbox(1);
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("inbox: a line with a secret is wiped wherever it lies, and nothing else", "[inbox]") {
    Scene scene;
    for (int i = 0; i < 60; ++i) {
        INFO(i);
        const std::string secret = "secret-" + std::to_string(i) + std::string(200, 'x');
        scene.send("/password " + secret + "\n/echo " + std::to_string(i) + "\nhalf a");  // never empty: the ring wraps
        scene.send(" line\n");
        const auto line = scene.inbox.next_line();
        REQUIRE(line);
        REQUIRE(line->text.ends_with(secret));
        scene.state().store(line->state_after);
        scene.inbox.wipe(*line);
        CHECK_FALSE(holds(scene, "secret"));
        CHECK(scene.take() == "/echo " + std::to_string(i));
        scene.send("rest");
        CHECK(scene.take() == "half a line");
        scene.send("\n");
        CHECK(scene.take() == "rest");
    }
}

TEST_CASE("inbox: a successor wipes the line that its predecessor processed last", "[inbox]") {
    Scene scene;
    scene.send("/password secret-one\n/echo this stays\n");
    CHECK(scene.take() == "/password secret-one");
    scene.restart();
    CHECK(holds(scene, "secret-one"));
    scene.inbox.wipe_last_line();
    CHECK_FALSE(holds(scene, "secret"));
    CHECK(scene.take() == "/echo this stays");

    scene.send("/password secret-two\n");
    CHECK(scene.take() == "/password secret-two");
    scene.restart();
    scene.inbox.wipe_last_line();
    CHECK_FALSE(holds(scene, "secret"));
    scene.send("/echo goes on\n");
    CHECK(scene.take() == "/echo goes on");
}

TEST_CASE("inbox: lines that are not processed yet are not wiped", "[inbox]") {
    Scene scene;
    scene.send("/password secret-one\n");
    scene.restart();
    scene.inbox.wipe_last_line();
    CHECK(scene.take() == "/password secret-one");
}

TEST_CASE("inbox: the rest of a line that is too long is wiped", "[inbox]") {
    Scene scene;
    scene.send("/password " + std::string(max_line, 'x') + "secret-one");
    const auto line = scene.inbox.next_line();
    REQUIRE(line);
    REQUIRE(line->too_long);
    scene.state().store(line->state_after);
    scene.inbox.wipe(*line);
    CHECK(scene.take() == "-");
    scene.send("-and-more\n/echo after it\n");
    CHECK(scene.take() == "/echo after it");
    CHECK_FALSE(holds(scene, "secret"));
    CHECK_FALSE(holds(scene, "and-more"));
}

}  // namespace inbox_test
