// Addresses and networks as limits and bans see them.
#include "shared/system/address.h"

#include "tests/support/catch.h"

#include <string>

namespace address_test {

using namespace chat;

namespace {

Address address(std::string_view text) {
    const auto parsed = Address::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

std::string network(std::string_view text) {
    const auto parsed = Network::parse(text);
    return parsed ? parsed->text() : "-";
}

}  // namespace

TEST_CASE("address: texts are read and written", "[address]") {
    for (const char* text : {"127.0.0.1", "192.0.2.255", "0.0.0.0", "::1", "::", "2001:db8::7", "fe80::1"})
        CHECK(address(text).text() == text);
    CHECK(address("2001:0DB8:0:0:0:0:0:7").text() == "2001:db8::7");
    for (const char* text : {"", "Batman", "48213", "127.0.0", "127.0.0.256", "1.2.3.4.5", "[::1]", "::1%lo",
                             "127.0.0.1:5000", " 127.0.0.1", "127.0.0.1 ", ":::", "::ffff:1.2.3"})
        CHECK_FALSE(Address::parse(text));
    CHECK_FALSE(Address::parse(std::string_view("127.0.0.1\0x", 11)));
}

TEST_CASE("address: a mapped IPv4 address is the IPv4 address", "[address]") {
    CHECK(address("::ffff:192.0.2.7") == address("192.0.2.7"));
    CHECK(address("::ffff:c000:207").text() == "192.0.2.7");
    CHECK(address("192.0.2.7").is_four());
    CHECK_FALSE(address("::192.0.2.7").is_four());
}

TEST_CASE("address: it is found in a peer as the log spells it", "[address]") {
    CHECK(Address::of_peer("192.0.2.7:50312") == address("192.0.2.7"));
    CHECK(Address::of_peer("[2001:db8::7]:50312") == address("2001:db8::7"));
    CHECK_FALSE(Address::of_peer("unknown"));
    CHECK_FALSE(Address::of_peer(""));
}

TEST_CASE("network: texts are read and written, and bits beyond the prefix are cleared", "[address]") {
    CHECK(network("192.0.2.7") == "192.0.2.7");
    CHECK(network("192.0.2.7/32") == "192.0.2.7");
    CHECK(network("192.0.2.7/24") == "192.0.2.0/24");
    CHECK(network("192.0.2.129/25") == "192.0.2.128/25");
    CHECK(network("1.2.3.4/0") == "0.0.0.0/0");
    CHECK(network("::ffff:192.0.2.7/120") == "192.0.2.0/24");
    CHECK(network("2001:db8::7/64") == "2001:db8::/64");
    CHECK(network("2001:db8::7/128") == "2001:db8::7");
    CHECK(network("2001:db8::7/127") == "2001:db8::6/127");
    CHECK(network("::/0") == "::/0");
    for (const char* text : {"192.0.2.7/33", "192.0.2.7/", "192.0.2.7/-1", "192.0.2.7/x", "::1/129", "/8", "x/8",
                             "192.0.2.7/8/8", "::1/256"})
        CHECK(network(text) == "-");
}

TEST_CASE("network: it contains the addresses that share its prefix", "[address]") {
    const auto office = Network::parse("192.0.2.128/25");
    REQUIRE(office);
    CHECK(office->contains(address("192.0.2.128")));
    CHECK(office->contains(address("::ffff:192.0.2.255")));
    CHECK_FALSE(office->contains(address("192.0.2.127")));
    const auto all_of_four = Network::parse("0.0.0.0/0");
    REQUIRE(all_of_four);
    CHECK(all_of_four->contains(address("203.0.113.1")));
    CHECK_FALSE(all_of_four->contains(address("2001:db8::7")));
    const auto everything = Network::parse("::/0");
    REQUIRE(everything);
    CHECK(everything->contains(address("203.0.113.1")));
}

TEST_CASE("network: a host is one IPv4 address, or 64 bits of IPv6", "[address]") {
    CHECK(Network::of_host(address("192.0.2.7")).text() == "192.0.2.7");
    CHECK(Network::of_host(address("2001:db8:1:2:3:4:5:6")).text() == "2001:db8:1:2::/64");
    CHECK(Network::of_host(address("2001:db8:1:2::1")) == Network::of_host(address("2001:db8:1:2:ffff::1")));
    CHECK(Network::of_host(address("2001:db8:1:2::1")) != Network::of_host(address("2001:db8:1:3::1")));
}

}  // namespace address_test
