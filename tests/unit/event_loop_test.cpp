// The loop: callbacks are called, can unregister themselves, and their exceptions leave run().
#include "shared/system/event_loop.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <optional>
#include <stdexcept>
#include <vector>

namespace event_loop_test {

using namespace chat;
using namespace std::chrono_literals;

namespace {

UniqueFd readable() {
    return UniqueFd(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
}

// Ends a loop that would wait forever, as a failure.
EventLoop::Registration give_up_in_time(EventLoop& loop) {
    return loop.every(test::deadline, [] { throw std::runtime_error("nothing happened"); });
}

}  // namespace

TEST_CASE("a readable descriptor calls back until it is read", "[event_loop]") {
    EventLoop loop;
    const auto limit = give_up_in_time(loop);
    const UniqueFd fd = readable();
    int calls = 0;
    const auto watch = loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t events) {
        CHECK((events & EPOLLIN) != 0);
        if (++calls == 3) loop.stop();
    });
    loop.run();
    CHECK(calls == 3);
}

TEST_CASE("a dropped handle ends the callbacks", "[event_loop]") {
    EventLoop loop;
    const auto limit = give_up_in_time(loop);
    const UniqueFd fd = readable();
    int calls = 0;
    std::optional<EventLoop::Registration> watch = loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t) { ++calls; });
    const auto timer = loop.every(5ms, [&] {
        if (watch) {
            CHECK(calls > 0);
            watch.reset();
            calls = 0;
        } else {
            loop.stop();
        }
    });
    loop.run();
    CHECK(calls == 0);
}

TEST_CASE("a callback may drop its own registration and make another for the descriptor", "[event_loop]") {
    EventLoop loop;
    const auto limit = give_up_in_time(loop);
    const UniqueFd fd = readable();
    EventLoop::Registration watch;
    std::vector<int> calls;
    watch = loop.watch(fd.get(), EPOLLIN, [&, kept = std::vector<int>{1, 2, 3}](std::uint32_t) {
        watch = {};
        calls.push_back(kept[0]);  // what the callback holds is still there
        watch = loop.watch(fd.get(), EPOLLIN | EPOLLOUT, [&](std::uint32_t events) {
            calls.push_back(static_cast<int>(events));
            watch = {};
            loop.stop();
        });
        calls.push_back(kept[2]);
    });
    loop.run();
    CHECK(calls == std::vector<int>{1, 3, EPOLLIN | EPOLLOUT});
}

TEST_CASE("a registration that ends within its callback ends at once", "[event_loop]") {
    EventLoop loop;
    const auto limit = give_up_in_time(loop);
    const UniqueFd fd = readable();
    std::optional<EventLoop::Registration> watch;
    std::optional<EventLoop::Registration> next;
    watch = loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t) {
        watch.reset();
        next = loop.watch(fd.get(), EPOLLIN, [&](std::uint32_t) { loop.stop(); });  // the number is free again
    });
    loop.run();
    CHECK(next);
}

TEST_CASE("a descriptor has one registration at a time", "[event_loop]") {
    EventLoop loop;
    const UniqueFd fd = readable();
    const auto watch = loop.watch(fd.get(), EPOLLIN, [](std::uint32_t) {});
    CHECK_THROWS_AS(loop.watch(fd.get(), EPOLLIN, [](std::uint32_t) {}), std::system_error);
    CHECK_THROWS_AS(loop.watch(-1, EPOLLIN, [](std::uint32_t) {}), std::system_error);
}

TEST_CASE("exceptions of callbacks leave run", "[event_loop]") {
    const auto what_comes_out = [](auto prepare) {
        EventLoop loop;
        const auto registration = prepare(loop);
        try {
            loop.run();
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    const UniqueFd fd = readable();
    CHECK(what_comes_out([&](EventLoop& loop) {
              return loop.watch(fd.get(), EPOLLIN, [](std::uint32_t) { throw std::runtime_error("watch"); });
          }) == "watch");
    CHECK(what_comes_out([&](EventLoop& loop) { return loop.every(1ms, [] { throw std::runtime_error("timer"); }); }) ==
          "timer");
}

TEST_CASE("a timer repeats after its interval", "[event_loop]") {
    EventLoop loop;
    const auto limit = give_up_in_time(loop);
    int calls = 0;
    const auto begin = std::chrono::steady_clock::now();
    const auto timer = loop.every(10ms, [&] {
        if (++calls == 5) loop.stop();
    });
    loop.run();
    CHECK(calls == 5);
    CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
}

TEST_CASE("a timer may drop itself", "[event_loop]") {
    EventLoop loop;
    const auto limit = give_up_in_time(loop);
    std::optional<EventLoop::Registration> timer;
    int calls = 0;
    timer = loop.every(1ms, [&] {
        ++calls;
        timer.reset();
    });
    const auto end = loop.every(30ms, [&] { loop.stop(); });
    loop.run();
    CHECK(calls == 1);
}

TEST_CASE("signals arrive as calls with their number", "[event_loop][R15]") {
    EventLoop loop;
    const auto limit = give_up_in_time(loop);
    std::vector<int> came;
    {
        const auto signals = loop.on_signals({SIGUSR1, SIGUSR2}, [&](int signal) {
            came.push_back(signal);
            if (came.size() == 2) loop.stop();
        });
        REQUIRE(::raise(SIGUSR1) == 0);  // blocked: nothing happens before the loop runs
        REQUIRE(::raise(SIGUSR2) == 0);
        CHECK(came.empty());
        loop.run();
    }
    CHECK((came == std::vector<int>{SIGUSR1, SIGUSR2} || came == std::vector<int>{SIGUSR2, SIGUSR1}));
}

TEST_CASE("a registration can be moved and replaced", "[event_loop]") {
    EventLoop loop;
    const auto limit = give_up_in_time(loop);
    const UniqueFd one = readable();
    const UniqueFd two = readable();
    int ones = 0;
    int twos = 0;
    auto first = loop.watch(one.get(), EPOLLIN, [&](std::uint32_t) { ++ones; });
    EventLoop::Registration moved(std::move(first));
    moved = loop.watch(two.get(), EPOLLIN, [&](std::uint32_t) {
        if (++twos == 3) loop.stop();
    });
    loop.run();
    CHECK(ones == 0);
    CHECK(twos == 3);
}

}  // namespace event_loop_test
