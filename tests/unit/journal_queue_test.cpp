// The queue of journal entries: nobody waits for a journal that does not take them, and clients cannot flood it.
#include "shared/system/journal_queue.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace journal_queue_test {

using namespace chat;
using namespace std::chrono_literals;
using test::eventually;

namespace {

// A journal that can be stuck. The thread of an abandoned queue may still use it at the end of its test.
class Journal {
  public:
    void take(const JournalEntry& entry) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !stuck_; });
        entries_.push_back(entry);
    }
    void set_stuck(bool stuck) {
        const std::lock_guard lock(mutex_);
        stuck_ = stuck;
        changed_.notify_all();
    }
    [[nodiscard]] std::vector<std::string> messages() {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> all;
        for (const JournalEntry& entry : entries_) all.push_back(entry.message);
        return all;
    }
    [[nodiscard]] std::size_t count(std::string_view event) {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::count_if(
            entries_.begin(), entries_.end(), [&](const JournalEntry& entry) { return entry.event->event == event; }));
    }
    // The sum of the numbers that entries of this event report.
    [[nodiscard]] std::size_t reported(std::string_view event) {
        const std::lock_guard lock(mutex_);
        std::size_t sum = 0;
        for (const JournalEntry& entry : entries_)
            if (entry.event->event == event) sum += std::stoul(entry.fields.at(0).value);
        return sum;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stuck_ = false;
    std::vector<JournalEntry> entries_;
};

struct Scene {
    explicit Scene(JournalPace pace = {})
        : queue([kept = journal](const JournalEntry& entry) { kept->take(entry); }, pace) {}
    ~Scene() { journal->set_stuck(false); }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    void add_started(int number) { queue.add({Priority::notice, "started", std::to_string(number)}); }
    void add_connected(int number) { queue.add({Priority::info, "client-connected", std::to_string(number)}); }

    std::shared_ptr<Journal> journal = std::make_shared<Journal>();
    JournalQueue queue;
};

}  // namespace

TEST_CASE("entries reach the journal in order, the last ones before the end", "[journal]") {
    Scene scene;
    std::vector<std::string> expected;
    for (int number = 0; number < 500; ++number) {
        scene.add_started(number);
        expected.push_back(std::to_string(number));
    }
    CHECK(scene.queue.finish(test::deadline));
    CHECK(scene.journal->messages() == expected);
}

TEST_CASE("a stuck journal delays nobody, and what it loses is reported", "[journal]") {
    Scene scene({.most = 10});
    scene.journal->set_stuck(true);
    auto adding = std::async(std::launch::async, [&] {
        for (int number = 0; number < 1000; ++number) scene.add_started(number);
    });
    CHECK(adding.wait_for(test::deadline) == std::future_status::ready);
    scene.journal->set_stuck(false);
    CHECK(scene.queue.finish(test::deadline));
    const std::size_t written = scene.journal->count("started");
    CHECK(written < 1000);
    CHECK(scene.journal->count("journal-dropped") >= 1);
    CHECK(written + scene.journal->reported("journal-dropped") == 1000);
}

TEST_CASE("what clients cause leaves room for other entries while the journal is stuck", "[journal]") {
    Scene scene({.most = 10, .rate = 1e6, .burst = 1e6});
    scene.journal->set_stuck(true);
    for (int number = 0; number < 100; ++number) scene.add_connected(number);
    for (int number = 0; number < 4; ++number) scene.add_started(number);
    scene.journal->set_stuck(false);
    CHECK(scene.queue.finish(test::deadline));
    CHECK(scene.journal->count("started") == 4);
    CHECK(scene.journal->count("client-connected") + scene.journal->reported("journal-dropped") == 100);
}

TEST_CASE("a stuck journal delays the end only for the given time", "[journal]") {
    Scene scene;
    scene.journal->set_stuck(true);
    scene.add_started(1);
    CHECK_FALSE(scene.queue.finish(10ms));
    CHECK(scene.journal->messages().empty());
}

TEST_CASE("clients cause a burst of entries and then a few per second; one entry has the number of the others",
          "[journal]") {
    Scene scene({.most = 10'000, .rate = 0, .burst = 50, .quiet = 10ms, .longest = 120s});
    for (int number = 0; number < 1000; ++number) scene.add_connected(number);
    REQUIRE(eventually([&] { return scene.journal->reported("journal-limited") == 950; }));
    CHECK(scene.journal->count("client-connected") == 50);
    scene.add_started(1);  // not caused by a client
    CHECK(scene.queue.finish(test::deadline));
    CHECK(scene.journal->count("started") == 1);
}

TEST_CASE("a flood that goes on is reported while it lasts", "[journal]") {
    Scene scene({.rate = 0, .burst = 1, .quiet = 120s, .longest = 10ms});
    REQUIRE(eventually([&] {
        scene.add_connected(1);
        return scene.journal->count("journal-limited") >= 2;
    }));
}

TEST_CASE("after a flood, entries about clients are written again", "[journal]") {
    Scene scene({.rate = 1000, .burst = 5, .quiet = 1ms});
    for (int number = 0; number < 100; ++number) scene.add_connected(number);
    const std::size_t before = scene.journal->count("client-connected");
    REQUIRE(eventually([&] {
        scene.add_connected(1);
        return scene.journal->count("client-connected") > before + 5;
    }));
}

TEST_CASE("at the end, entries that were left out are reported", "[journal]") {
    Scene scene({.rate = 0, .burst = 1, .quiet = 120s, .longest = 120s});
    for (int number = 0; number < 10; ++number) scene.add_connected(number);
    CHECK(scene.queue.finish(test::deadline));
    CHECK(scene.journal->reported("journal-limited") == 9);
}

}  // namespace journal_queue_test
