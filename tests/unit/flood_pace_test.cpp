// How fast a client is read that sends too much.
#include "chat-acceptor/clients/flood_pace.h"

#include "tests/support/catch.h"

namespace flood_pace_test {

using namespace chat;

namespace {

constexpr Microseconds second = 1'000'000;

// Floods for that long, with rounds every window as the loop makes them. Returns the lines that were read.
int flood(FloodPace& pace, Microseconds& now, Microseconds duration) {
    int lines = 0;
    Microseconds until = 0;
    for (const Microseconds end = now + duration; now < end; now += FloodPace::window) {
        if (now < until) continue;
        std::optional<Microseconds> pause;
        while (!(pause = pace.count(1, now))) ++lines;
        ++lines;
        until = *pause;
    }
    return lines;
}

}  // namespace

TEST_CASE("flood: some thousand lines a second at first, then fewer and fewer", "[flood]") {
    FloodPace pace;
    Microseconds now = 100 * second;
    CHECK(flood(pace, now, 5 * second) == 16'000);
    const int next = flood(pace, now, 10 * second);
    CHECK(next > 16'000);
    CHECK(next < 17'000);
    (void)flood(pace, now, 600 * second);
    const int at_last = flood(pace, now, 10 * second);
    CHECK(at_last >= 900);
    CHECK(at_last <= 1100);
}

TEST_CASE("flood: it is over after a while without one", "[flood]") {
    FloodPace pace;
    Microseconds now = 100 * second;
    (void)flood(pace, now, 600 * second);
    now += FloodPace::end_of_flood + second;
    CHECK(flood(pace, now, second) == 3200);
}

TEST_CASE("flood: a few lines too many cause no pause", "[flood]") {
    FloodPace pace;
    for (Microseconds now = second; now < 10 * second; now += 2000)
        for (int i = 0; i < 5; ++i) CHECK_FALSE(pace.count(1, now));
}

}  // namespace flood_pace_test
