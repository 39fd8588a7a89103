// Lengths of time as people write them.
#include "shared/text/time_span.h"

#include "tests/support/catch.h"

namespace time_span_test {

using namespace chat;

TEST_CASE("time span: numbers with units, as in systemd.time(7)", "[time_span]") {
    constexpr std::uint64_t second = 1'000'000;
    CHECK(parse_time_span("90") == 90 * second);
    CHECK(parse_time_span("90min") == 5400 * second);
    CHECK(parse_time_span("7d") == 604'800 * second);
    CHECK(parse_time_span("2 h") == 7200 * second);
    CHECK(parse_time_span("2hours") == 7200 * second);
    CHECK(parse_time_span("48hr") == 172'800 * second);
    CHECK(parse_time_span("1y 12month") == (31'557'600 + 12 * 2'629'800) * second);
    CHECK(parse_time_span("55s500ms") == 55'500'000);
    CHECK(parse_time_span("300ms20s 5day") == 300'000 + 20 * second + 5 * 86'400 * second);
    CHECK(parse_time_span("1.5h") == 5400 * second);
    CHECK(parse_time_span(".5s") == 500'000);
    CHECK(parse_time_span("0.25") == 250'000);
    CHECK(parse_time_span(" 1w ") == 604'800 * second);
    CHECK(parse_time_span("1M 1m") == 2'629'800 * second + 60 * second);
    CHECK(parse_time_span("5us") == 5);
    CHECK(parse_time_span("5µs") == 5);
    CHECK(parse_time_span("0") == 0);
    CHECK(parse_time_span("infinity") == endless_time_span);
}

TEST_CASE("time span: anything else is none", "[time_span]") {
    for (const char* text : {"", " ", "min", "-5", "5 parsecs", "5D", "1h-", "1..5h", "1.", "h5", "5h x", "infinity 5s",
                             "99999999999999999999", "99999999999999999y", "1e5", "0x10"})
        CHECK_FALSE(parse_time_span(text));
}

}  // namespace time_span_test
