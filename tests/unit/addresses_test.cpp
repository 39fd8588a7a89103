// What one host may have: connections, new connections, lines.
#include "chat-acceptor/clients/addresses.h"

#include "tests/support/catch.h"

#include <string>

namespace addresses_test {

using namespace chat;

namespace {

using Verdict = Addresses::Verdict;
constexpr Microseconds second = 1'000'000;

Address address(const std::string& text) {
    const auto parsed = Address::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

Address numbered(std::uint32_t number) {
    Address host = address("10.0.0.0");
    for (int i = 0; i < 3; ++i)
        host.bytes[static_cast<std::size_t>(15 - i)] = static_cast<std::uint8_t>(number >> 8 * i);
    return host;
}

Config config_with(std::int64_t max_per_address, std::int64_t max_clients = 100) {
    Config config;
    config.max_per_address = max_per_address;
    config.max_clients = max_clients;
    return config;
}

int take_all(RateLimit& bucket, const Config& config, Microseconds now) {
    int taken = 0;
    while (taken < 10'000 && bucket.take(config.lines_per_second, config.burst, now)) ++taken;
    return taken;
}

}  // namespace

TEST_CASE("addresses: a host has so many connections and no more", "[addresses]") {
    Addresses addresses(100, config_with(2));
    const Address host = address("192.0.2.7");
    for (int i = 0; i < 2; ++i) {
        CHECK(addresses.judge(host, second) == Verdict::welcome);
        addresses.add(host);
    }
    CHECK(addresses.judge(host, second) == Verdict::too_many);
    CHECK(addresses.judge(address("::ffff:192.0.2.7"), second) == Verdict::too_many);
    CHECK(addresses.judge(address("192.0.2.8"), second) == Verdict::welcome);
    addresses.remove(host, RateLimit(), second);
    CHECK(addresses.judge(host, second) == Verdict::welcome);
    CHECK(addresses.count(host) == 1);
}

TEST_CASE("addresses: IPv6 hosts are networks of 64 bits", "[addresses]") {
    Addresses addresses(100, config_with(1));
    addresses.add(address("2001:db8:1:2::1"));
    CHECK(addresses.judge(address("2001:db8:1:2:ffff::9"), second) == Verdict::too_many);
    CHECK(addresses.judge(address("2001:db8:1:3::1"), second) == Verdict::welcome);
}

TEST_CASE("addresses: 0 means the larger of 5 and a quarter of all clients", "[addresses]") {
    for (const auto& [clients, most] : {std::pair{1, 5}, {5, 5}, {20, 5}, {24, 6}, {1000, 250}}) {
        Addresses addresses(1000, config_with(0, clients));
        int connected = 0;
        while (!addresses.has_too_many(address("192.0.2.7"))) {
            addresses.add(address("192.0.2.7"));
            ++connected;
        }
        CHECK(connected == most);
    }
}

TEST_CASE("addresses: trusted ones have no limit", "[addresses]") {
    Config config = config_with(1);
    Addresses addresses(10'000, config);
    const auto connect_often = [&](const std::string& text) {
        for (int i = 0; i < 1000; ++i) {
            if (addresses.judge(address(text), second) != Verdict::welcome) return false;
            addresses.add(address(text));
        }
        return true;
    };
    CHECK(connect_often("127.0.0.1"));
    CHECK(connect_often("::ffff:127.0.0.1"));
    CHECK(connect_often("::1"));
    CHECK_FALSE(connect_often("127.0.0.2"));
    CHECK_FALSE(connect_often("::2"));
    config.trusted_addresses = {"10.0.0.0/8"};
    addresses.configure(config);
    CHECK(connect_often("10.1.2.3"));
    CHECK(addresses.judge(address("127.0.0.1"), second) == Verdict::too_many);
}

TEST_CASE("addresses: new connections are bounded at once and over time", "[addresses]") {
    Addresses addresses(1000, config_with(5));
    const Address host = address("192.0.2.7");
    const auto connect_all = [&](Microseconds now) {
        int welcome = 0;
        while (welcome < 1000 && addresses.judge(host, now) == Verdict::welcome) {
            addresses.add(host);
            addresses.remove(host, RateLimit(), now);
            ++welcome;
        }
        CHECK(addresses.judge(host, now) == Verdict::too_fast);
        return welcome;
    };
    CHECK(connect_all(second) == Addresses::connects_at_once);
    CHECK(connect_all(2 * second) == Addresses::connects_a_second);
    CHECK(connect_all(12 * second) == 10 * Addresses::connects_a_second);
    CHECK(addresses.judge(address("192.0.2.8"), 12 * second) == Verdict::welcome);
    // All clients behind a gateway may come back at once.
    addresses.configure(config_with(500));
    CHECK(connect_all(3600 * second) == 1000);
}

TEST_CASE("addresses: a host that reconnects continues with what is left of its lines", "[addresses]") {
    const Config config = config_with(5);
    Addresses addresses(1000, config);
    const Address host = address("192.0.2.7");
    const Microseconds begin = 5 * second;
    int lines = 0;
    for (int i = 0; i < 1500; ++i) {
        const Microseconds now = begin + i * 1000;
        addresses.add(host);
        RateLimit bucket = addresses.begin_lines(host);
        lines += take_all(bucket, config, now);
        addresses.remove(host, bucket, now);
    }
    CHECK(lines <= 200 + 75);
    CHECK(lines >= 200 + 74);
}

TEST_CASE("addresses: reconnecting with several connections gains nothing either", "[addresses]") {
    const Config config = config_with(3);
    Addresses addresses(1000, config);
    const Address host = address("192.0.2.7");
    const Microseconds now = 5 * second;
    int lines = 0;
    for (int round = 0; round < 100; ++round) {
        RateLimit buckets[3];
        for (RateLimit& bucket : buckets) {
            addresses.add(host);
            bucket = addresses.begin_lines(host);
        }
        // In another order each time, and one of them without a line.
        for (int i = 0; i < 3; ++i) {
            RateLimit& bucket = buckets[(i + round) % 3];
            if (i > 0) lines += take_all(bucket, config, now);
            addresses.remove(host, bucket, now);
        }
    }
    CHECK(lines <= 3 * 200);
    RateLimit other;
    addresses.add(address("192.0.2.8"));
    other = addresses.begin_lines(address("192.0.2.8"));
    CHECK(take_all(other, config, now) == 200);
    RateLimit trusted;
    for (int i = 0; i < 3; ++i) {
        addresses.add(address("127.0.0.1"));
        trusted = addresses.begin_lines(address("127.0.0.1"));
        CHECK(take_all(trusted, config, now) == 200);
        addresses.remove(address("127.0.0.1"), trusted, now);
    }
}

TEST_CASE("addresses: the table does not grow, and hosts with connections stay in it", "[addresses]") {
    Addresses addresses(10, config_with(1));
    const std::size_t most = addresses.max_entries();
    CHECK(most == 10 + Addresses::spare_entries);
    addresses.add(numbered(0));
    // The connects of host 1 are used up; it is forgotten only after all entries were needed for others.
    while (addresses.judge(numbered(1), second) == Verdict::welcome) {
        addresses.add(numbered(1));
        addresses.remove(numbered(1), RateLimit(), second);
    }
    for (std::uint32_t i = 2; i < most; ++i) CHECK(addresses.judge(numbered(i), second) == Verdict::welcome);
    CHECK(addresses.entry_count() == most);
    CHECK(addresses.judge(numbered(1), second) == Verdict::too_fast);
    for (std::uint32_t i = 0; i < 3 * most; ++i)
        CHECK(addresses.judge(numbered(1'000'000 + i), second) == Verdict::welcome);
    CHECK(addresses.entry_count() == most);
    CHECK(addresses.judge(numbered(1), second) == Verdict::welcome);
    CHECK(addresses.judge(numbered(0), second) == Verdict::too_many);
}

TEST_CASE("addresses: a table full of hosts with connections takes no further one", "[addresses]") {
    Addresses addresses(0, config_with(1));
    for (std::uint32_t i = 0; i < addresses.max_entries(); ++i) addresses.add(numbered(i));
    CHECK(addresses.judge(numbered(5'000'000), second) == Verdict::full);
    addresses.add(numbered(5'000'000));  // and no harm
    addresses.remove(numbered(5'000'000), RateLimit(), second);
    addresses.remove(numbered(7), RateLimit(), second);
    CHECK(addresses.judge(numbered(5'000'000), second) == Verdict::welcome);
}

TEST_CASE("what is held in a departed client's name is passed to one next client of its host", "[addresses]") {
    Addresses addresses(10, config_with(4));
    const Address host = address("192.0.2.7");
    const auto predecessor = [](std::uint32_t number) { return Predecessor{{number, 1}, number}; };
    CHECK(addresses.take_predecessors(host).empty());
    addresses.add(host);
    addresses.add(host);
    addresses.leave_behind(host, {predecessor(1), predecessor(2)});
    addresses.remove(host, {}, second);
    addresses.leave_behind(host, {predecessor(3)});
    addresses.remove(host, {}, second);
    CHECK(addresses.take_predecessors(address("192.0.2.8")).empty());
    CHECK(addresses.take_predecessors(host) == Predecessors{predecessor(1), predecessor(2)});
    CHECK(addresses.take_predecessors(host) == Predecessors{predecessor(3)});
    CHECK(addresses.take_predecessors(host).empty());
    addresses.leave_behind(host, {predecessor(4)});  // it has no connection
    CHECK(addresses.take_predecessors(host).empty());
}

TEST_CASE("what departed clients of one host pass on has a bound, and little is lost at it", "[addresses]") {
    Addresses addresses(1000, config_with(1000));
    const Address host = address("192.0.2.7");
    constexpr std::uint32_t clients = 300;
    addresses.add(host);
    for (std::uint32_t number = 0; number < clients; ++number)
        addresses.leave_behind(host, {Predecessor{{number, 1}, number}});
    std::size_t lists = 0;
    std::size_t predecessors = 0;
    for (Predecessors taken; !(taken = addresses.take_predecessors(host)).empty(); ++lists)
        predecessors += taken.size();
    CHECK(lists == Addresses::max_left_behind);
    CHECK(predecessors == clients);
    for (std::uint32_t number = 0; number < 100 * clients; ++number)
        addresses.leave_behind(host, {Predecessor{{number, 1}, number}});
    while (true) {
        const Predecessors taken = addresses.take_predecessors(host);
        CHECK(taken.size() <= Addresses::max_predecessors);
        if (taken.empty()) break;
    }
}

}  // namespace addresses_test
