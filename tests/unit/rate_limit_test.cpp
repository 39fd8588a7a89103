// How many lines a client may send.
#include "chat-acceptor/clients/rate_limit.h"

#include "tests/support/catch.h"

namespace rate_limit_test {

using namespace chat;

namespace {

constexpr Microseconds second = 1'000'000;

int take_all(RateLimit& limit, std::int64_t rate, std::int64_t burst, Microseconds now) {
    int taken = 0;
    while (taken < 10'000 && limit.take(rate, burst, now)) ++taken;
    return taken;
}

}  // namespace

TEST_CASE("rate: a burst at once, then a fixed number per second", "[rate_limit]") {
    RateLimit limit;
    Microseconds now = 5 * second;
    CHECK(take_all(limit, 50, 200, now) == 200);
    CHECK_FALSE(limit.take(50, 200, now += 19'000));
    CHECK(limit.take(50, 200, now += 2'000));
    CHECK_FALSE(limit.take(50, 200, now));
    CHECK(take_all(limit, 50, 200, now += second) == 50);
    CHECK(take_all(limit, 50, 200, now + 3600 * second) == 200);  // the saved-up allowance is bounded
}

TEST_CASE("rate: the long-term average is the rate, however often it is checked", "[rate_limit]") {
    RateLimit limit;
    int taken = 0;
    for (Microseconds now = second; now < 11 * second; now += 100)
        if (limit.take(50, 1, now)) ++taken;
    CHECK(taken >= 499);
    CHECK(taken <= 501);
}

TEST_CASE("rate: what costs more is paid for later, a burst at most", "[rate_limit]") {
    RateLimit limit;
    Microseconds now = 5 * second;
    CHECK(limit.level(50, 200, now) == 200);
    REQUIRE(limit.take(50, 200, now));
    limit.charge(46, 200);
    CHECK(limit.level(50, 200, now) == 153);
    CHECK(take_all(limit, 50, 200, now) == 153);
    limit.charge(1000, 200);
    CHECK(limit.level(50, 200, now) == -200);
    CHECK_FALSE(limit.take(50, 200, now += 4 * second));
    CHECK(take_all(limit, 50, 200, now += second) == 50);
}

TEST_CASE("rate: 0 means no limit", "[rate_limit]") {
    RateLimit limit;
    CHECK(take_all(limit, 0, 1, second) == 10'000);
    CHECK(take_all(limit, 1, 3, second) == 3);
}

}  // namespace rate_limit_test
