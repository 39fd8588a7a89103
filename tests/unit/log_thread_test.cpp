// A log's thread with simulated work: when it writes, what it does after an error, and how it ends.
#include "shared/log/log_thread.h"

#include "shared/memory/segment.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace log_thread_test {

using namespace chat;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using test::eventually;

namespace {

constexpr milliseconds far_too_long = 120s;

struct Step {
    std::string what;
    Clock::time_point at;
};

// Numbers to "write", and a record of what the thread does with them.
struct NumberWork : LogWork {
    void add(int number) {
        const std::lock_guard lock(mutex);
        waiting.push_back(number);
    }
    bool is_behind() override {
        const std::lock_guard lock(mutex);
        return !waiting.empty();
    }
    void write(const std::atomic<bool>& stopping) override {
        ++writes;
        while (blocked && !stopping) std::this_thread::sleep_for(1ms);
        if (damaged) {
            note("damaged");
            throw DamagedSegment("damaged");
        }
        if (!is_behind()) return;
        if (fails) {
            note("error");
            throw std::runtime_error("disk full");
        }
        const std::lock_guard lock(mutex);
        std::string text = "wrote";
        for (const int number : waiting) text += " " + std::to_string(number);
        diary.push_back({text, Clock::now()});
        waiting.clear();
    }
    void close() noexcept override { note("closed"); }
    void on_damage() noexcept override { note("on_damage"); }

    void note(const std::string& what) {
        const std::lock_guard lock(mutex);
        diary.push_back({what, Clock::now()});
    }
    std::vector<Step> steps() {
        const std::lock_guard lock(mutex);
        return diary;
    }
    std::vector<std::string> words() {
        std::vector<std::string> all;
        for (const Step& step : steps()) all.push_back(step.what);
        return all;
    }
    std::vector<Clock::time_point> times_of(const std::string& what) {
        std::vector<Clock::time_point> times;
        for (const Step& step : steps())
            if (step.what == what) times.push_back(step.at);
        return times;
    }

    std::mutex mutex;
    std::vector<int> waiting;
    std::vector<Step> diary;
    std::atomic<int> writes = 0;
    std::atomic<bool> fails = false;
    std::atomic<bool> damaged = false;
    std::atomic<bool> blocked = false;
};

// As in shared memory: the work is two words without a lock.
struct Words : LogWork {
    bool is_behind() override { return logged.load(std::memory_order_relaxed) < head.load(std::memory_order_acquire); }
    void write(const std::atomic<bool>& /*stopping*/) override {
        logged.store(head.load(std::memory_order_acquire), std::memory_order_release);
    }
    void close() noexcept override {}

    std::atomic<int> head = 0;
    std::atomic<int> logged = 0;
};

LogChore chore(milliseconds first, std::function<std::optional<milliseconds>()> step) {
    return {first, std::move(step)};
}

void check_apart(const std::vector<Clock::time_point>& times, milliseconds least) {
    for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] >= least);
}

}  // namespace

TEST_CASE("log thread: it gathers for a moment before it writes", "[log_thread]") {
    NumberWork work;
    LogThread thread("test-log", work, {}, {.gather = 30ms});
    const auto begin = Clock::now();
    for (const int number : {1, 2, 3}) {
        work.add(number);
        thread.nudge();
    }
    REQUIRE(eventually([&] { return !work.is_behind(); }));
    CHECK(work.steps().front().at - begin >= 30ms);
}

TEST_CASE("log thread: work that arrives together is written together, and at once in a hurry", "[log_thread]") {
    NumberWork work;
    LogThread thread("test-log", work, {}, {.gather = far_too_long});
    for (const int number : {1, 2, 3}) {
        work.add(number);
        thread.nudge();
    }
    thread.hurry();
    CHECK(eventually([&] { return !work.is_behind(); }));
    CHECK(work.words() == std::vector<std::string>{"wrote 1 2 3"});
    work.add(4);
    CHECK(eventually([&] { return thread.flush(); }));
    CHECK(work.words().back() == "wrote 4");
}

TEST_CASE("log thread: after an error it tries again, with a new connection, until it succeeds", "[log_thread]") {
    NumberWork work;
    work.fails = true;
    work.add(1);
    LogThread thread("test-log", work, {}, {.gather = 0ms, .retry = 30ms});
    CHECK(eventually([&] { return thread.trouble() == "disk full"; }));
    CHECK(eventually([&] { return work.times_of("error").size() >= 3; }));
    CHECK(work.is_behind());
    work.fails = false;
    CHECK(eventually([&] { return thread.flush(); }));
    CHECK(eventually([&] { return thread.trouble().empty(); }));
    const std::vector<std::string> words = work.words();
    for (std::size_t i = 0; i + 1 < words.size(); ++i) CHECK(words[i] == (i % 2 == 0 ? "error" : "closed"));
    CHECK(words.back() == "wrote 1");
    CHECK(words.size() % 2 == 1);
    check_apart(work.times_of("error"), 30ms);
    CHECK(work.steps().back().at - work.times_of("error").back() >= 30ms);
}

TEST_CASE("log thread: a flush gives up after its time-out", "[log_thread]") {
    NumberWork work;
    work.fails = true;
    work.add(1);
    LogThread thread("test-log", work, {}, {.gather = 0ms, .retry = 1ms, .flush = 30ms});
    const auto begin = Clock::now();
    CHECK_FALSE(thread.flush());
    CHECK(Clock::now() - begin >= 30ms);
    CHECK(work.is_behind());
    work.fails = false;
    CHECK(eventually([&] { return thread.flush(); }));
}

TEST_CASE("log thread: it stops at once, and leaves unwritten work", "[log_thread]") {
    NumberWork work;
    const auto begin = Clock::now();
    std::optional<LogThread> thread;
    SECTION("asleep") {
        thread.emplace("test-log", work, std::vector{chore(far_too_long, [] { return far_too_long; })},
                       LogPace{.gather = far_too_long});
        work.add(1);
    }
    SECTION("gathering") {
        work.add(1);
        thread.emplace("test-log", work, std::vector<LogChore>(), LogPace{.gather = far_too_long});
    }
    SECTION("waiting after an error") {
        work.fails = true;
        work.add(1);
        thread.emplace("test-log", work, std::vector<LogChore>(), LogPace{.gather = 0ms, .retry = far_too_long});
        CHECK(eventually([&] { return !thread->trouble().empty(); }));
    }
    SECTION("between two transactions") {
        work.blocked = true;
        work.fails = true;
        work.add(1);
        thread.emplace("test-log", work, std::vector<LogChore>(), LogPace{.gather = 0ms});
        CHECK(eventually([&] { return work.writes == 1; }));
    }
    thread.reset();
    CHECK(Clock::now() - begin < far_too_long / 2);
    CHECK(work.is_behind());
    CHECK(work.words().back() == "closed");
}

TEST_CASE("log thread: chores run after the work, at their own pace", "[log_thread]") {
    NumberWork work;
    work.add(1);
    const LogChore often = chore(0ms, [&] {
        work.note("often");
        return 20ms;
    });
    const LogChore later = chore(50ms, [&] {
        work.note("later");
        return far_too_long;
    });
    const auto begin = Clock::now();
    const LogThread thread("test-log", work, {often, later}, {.gather = 30ms});
    CHECK(eventually([&] { return work.times_of("often").size() >= 5 && !work.times_of("later").empty(); }));
    CHECK(work.words().front() == "wrote 1");
    check_apart(work.times_of("often"), 20ms);
    CHECK(work.times_of("later").size() == 1);
    CHECK(work.times_of("later").front() - begin >= 50ms);
}

TEST_CASE("log thread: a chore that has nothing to do waits for work", "[log_thread]") {
    NumberWork work;
    std::atomic<int> calls = 0;
    const LogChore idle = chore(0ms, [&]() -> std::optional<milliseconds> {
        ++calls;
        return std::nullopt;
    });
    LogThread thread("test-log", work, {idle}, {.gather = 0ms});
    REQUIRE(eventually([&] { return calls >= 1; }));
    constexpr int numbers = 5;
    for (int number = 1; number <= numbers; ++number) {
        const int before = calls;
        work.add(number);
        thread.nudge();
        CHECK(eventually([&] { return calls > before; }));
    }
    // The first round, one for each nudge, and one for each number that the thread has seen before the nudge.
    CHECK(calls <= 1 + 2 * numbers);
}

TEST_CASE("log thread: a chore that fails is trouble, and still due", "[log_thread]") {
    NumberWork work;
    std::atomic<bool> fails = true;
    std::atomic<int> done = 0;
    const LogChore failing = chore(0ms, [&] {
        if (fails) throw std::runtime_error("no such table");
        ++done;
        return far_too_long;
    });
    LogThread thread("test-log", work, {failing}, {.gather = 0ms, .retry = 20ms});
    CHECK(eventually([&] { return thread.trouble() == "no such table"; }));
    CHECK(eventually([&] { return work.times_of("closed").size() >= 2; }));
    fails = false;
    CHECK(eventually([&] { return done == 1 && thread.trouble().empty(); }));
    check_apart(work.times_of("closed"), 20ms);
    work.add(1);
    CHECK(eventually([&] { return thread.flush(); }));
    CHECK(done == 1);
}

TEST_CASE("log thread: damage ends it and is reported", "[log_thread]") {
    NumberWork work;
    work.damaged = true;
    work.add(1);
    const auto begin = Clock::now();
    LogThread thread("test-log", work, {}, {.gather = 0ms, .retry = 0ms, .flush = far_too_long});
    CHECK_FALSE(thread.flush());
    CHECK(Clock::now() - begin < far_too_long / 2);
    CHECK(thread.has_found_damage());
    CHECK(thread.trouble().empty());
    CHECK(work.times_of("on_damage").size() == 1);  // before a flush returns
    CHECK(eventually([&] { return work.words() == std::vector<std::string>{"damaged", "on_damage", "closed"}; }));
    work.damaged = false;
    thread.nudge();
    CHECK_FALSE(thread.flush());
    CHECK(work.writes == 1);
}

TEST_CASE("log thread: work that arrives while the thread falls asleep wakes it", "[log_thread]") {
    // The thread has found no work, and then work and its nudge arrive before it sleeps.
    struct LateWords : Words {
        bool is_behind() override {
            const bool behind = Words::is_behind();
            if (!has_looked.exchange(true)) {
                // A nudge that takes the lock has to wait until the thread sleeps, so this wait times out.
                const auto until = Clock::now() + 50ms;
                while (!has_nudged && Clock::now() < until) std::this_thread::yield();
            }
            return behind;
        }
        std::atomic<bool> has_looked = false;
        std::atomic<bool> has_nudged = false;
    } work;
    LogThread thread("test-log", work, {}, {.gather = 0ms});
    REQUIRE(eventually([&] { return work.has_looked.load(); }));
    work.head = 1;
    thread.nudge();
    work.has_nudged = true;
    CHECK(eventually([&] { return work.logged == 1; }));
}

TEST_CASE("log thread: each nudge wakes it", "[log_thread]") {
    Words work;
    LogThread thread("test-log", work, {}, {.gather = 0ms});
    const auto end = Clock::now() + test::long_enough;
    for (int number = 1; number <= 500 && Clock::now() < end; ++number) {
        work.head.store(number, std::memory_order_release);
        thread.nudge();
        const auto until = Clock::now() + test::deadline;
        while (work.logged != number && Clock::now() < until) std::this_thread::yield();
        REQUIRE(work.logged == number);
        // The next nudge comes at various times after that, mostly while the thread is falling asleep.
        const auto later = Clock::now() + std::chrono::nanoseconds(number % 200 * 50);
        while (Clock::now() < later) {
        }
    }
}

}  // namespace log_thread_test
