// Times as they appear on the wire.
#include "shared/system/clock.h"

#include "tests/support/catch.h"

#include <cstdlib>
#include <ctime>
#include <string>

namespace clock_test {

using namespace chat;

namespace {

constexpr Microseconds second = 1'000'000;
constexpr Microseconds example = 1'795'177'865 * second + 123'999;  // 2026-11-20 12:31:05.123999 UTC

std::string spelled(Microseconds at) {
    std::string out = "at=";
    append_time(out, at);
    return out.substr(3);
}

class LocalZone {
  public:
    explicit LocalZone(const char* zone) {
        if (const char* before = std::getenv("TZ")) before_ = before;
        ::setenv("TZ", zone, 1);
        ::tzset();
    }
    LocalZone(const LocalZone&) = delete;
    LocalZone& operator=(const LocalZone&) = delete;
    ~LocalZone() {
        if (before_.empty())
            ::unsetenv("TZ");
        else
            ::setenv("TZ", before_.c_str(), 1);
        ::tzset();
    }

  private:
    std::string before_;
};

}  // namespace

TEST_CASE("times on the wire are RFC 3339, UTC, with milliseconds", "[clock][R02]") {
    CHECK(spelled(example) == "2026-11-20T12:31:05.123Z");
    CHECK(spelled(example + 876'000) == "2026-11-20T12:31:05.999Z");
    CHECK(spelled(example + 876'001) == "2026-11-20T12:31:06.000Z");
    CHECK(spelled(0) == "1970-01-01T00:00:00.000Z");
    CHECK(spelled(999) == "1970-01-01T00:00:00.000Z");
    CHECK(spelled(1'000) == "1970-01-01T00:00:00.001Z");
    CHECK(spelled(951'782'400 * second) == "2000-02-29T00:00:00.000Z");
    const LocalZone zone("LINT-14");
    CHECK(spelled(example) == "2026-11-20T12:31:05.123Z");
}

TEST_CASE("times beyond four-digit years still have the same form", "[clock]") {
    CHECK(spelled(253'402'300'799 * second) == "9999-12-31T23:59:59.000Z");
    CHECK(spelled(253'402'300'800 * second) == "9999-12-31T23:59:59.000Z");
    for (const Microseconds at : {Microseconds{-1}, Microseconds{-1'000'001}, INT64_MIN})
        CHECK(spelled(at) == "1970-01-01T00:00:00.000Z");
    CHECK(spelled(INT64_MAX).size() == 24);
    CHECK(spelled(example) == "2026-11-20T12:31:05.123Z");
}

TEST_CASE("date and time of day are the server's own", "[clock][R36][R37]") {
    {
        const LocalZone zone("UTC0");
        CHECK(local_date(example) == "2026-11-20");
        CHECK(local_time(example) == "12:31:05");
    }
    {
        const LocalZone zone("LINT-14");
        CHECK(local_date(example) == "2026-11-21");
        CHECK(local_time(example) == "02:31:05");
    }
    const LocalZone zone("WEST+12:30");
    CHECK(local_date(example) == "2026-11-20");
    CHECK(local_time(example) == "00:01:05");
}

TEST_CASE("the clocks run", "[clock]") {
    const std::time_t earlier = std::time(nullptr);
    const Microseconds now = wall_clock() / second;
    CHECK(now >= earlier);
    CHECK(now <= std::time(nullptr) + 1);  // which reads a coarser clock
    const Microseconds before = steady_clock();
    CHECK(before > 0);
    const std::clock_t begin = std::clock();
    while (std::clock() - begin < CLOCKS_PER_SEC / 500) {
    }
    CHECK(steady_clock() - before >= 1'000);
    CHECK(steady_clock() - before < 60 * second);
}

}  // namespace clock_test
