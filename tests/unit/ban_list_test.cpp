// The banned networks and their file.
#include "chat-acceptor/clients/ban_list.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace ban_list_test {

using namespace chat;

namespace {

using Outcome = BanList::Outcome;
constexpr Microseconds now = 1'795'177'865'000'000;

Ban ban_of(std::string_view network, Microseconds until = 0, std::string name = {}) {
    const auto parsed = Network::parse(network);
    REQUIRE(parsed);
    return {*parsed, std::move(name), "no jokes", 1000, now, until};
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string network_for(const BanList& bans, std::string_view address, Microseconds at = now) {
    const auto parsed = Address::parse(address);
    REQUIRE(parsed);
    const Ban* ban = bans.find(*parsed, at);
    return ban != nullptr ? ban->network.text() : "-";
}

}  // namespace

TEST_CASE("bans: an address, a network, and until when", "[bans]") {
    const test::TemporaryDirectory directory;
    BanList bans(directory.path());
    CHECK(bans.trouble().empty());
    CHECK(network_for(bans, "192.0.2.7") == "-");
    CHECK(bans.add(ban_of("192.0.2.7")) == Outcome::done);
    CHECK(bans.add(ban_of("10.0.0.0/8", now + 5)) == Outcome::done);
    CHECK(bans.add(ban_of("2001:db8::/64")) == Outcome::done);
    CHECK(network_for(bans, "192.0.2.7") == "192.0.2.7");
    CHECK(network_for(bans, "::ffff:192.0.2.7") == "192.0.2.7");
    CHECK(network_for(bans, "192.0.2.8") == "-");
    CHECK(network_for(bans, "10.20.30.40", now + 4) == "10.0.0.0/8");
    CHECK(network_for(bans, "10.20.30.40", now + 5) == "-");
    CHECK(network_for(bans, "2001:db8::ffff") == "2001:db8::/64");
    CHECK(network_for(bans, "2001:db8:0:1::") == "-");
}

TEST_CASE("bans: they are there again after a restart", "[bans]") {
    const test::TemporaryDirectory directory;
    std::vector<Ban> before;
    {
        BanList bans(directory.path());
        CHECK(bans.add(ban_of("192.0.2.7", 0, "Joker")) == Outcome::done);
        CHECK(bans.add(ban_of("10.0.0.0/8", now + 5)) == Outcome::done);
        before = bans.in_force(now);
    }
    CHECK(before.size() == 2);
    CHECK(BanList(directory.path()).in_force(now) == before);
    CHECK(BanList(directory.path()).in_force(now + 5).size() == 1);
    struct stat status {};
    REQUIRE(::stat(directory.file("bans.json").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("bans: a network has one ban, and overlapping bans hold together", "[bans]") {
    const test::TemporaryDirectory directory;
    BanList bans(directory.path());
    CHECK(bans.add(ban_of("192.0.2.7", now + 5)) == Outcome::done);
    CHECK(bans.add(ban_of("192.0.2.7/32", now + 9)) == Outcome::done);
    CHECK(bans.in_force(now).size() == 1);
    CHECK(network_for(bans, "192.0.2.7", now + 8) == "192.0.2.7");
    CHECK(bans.add(ban_of("192.0.2.0/24")) == Outcome::done);
    CHECK(network_for(bans, "192.0.2.7") == "192.0.2.0/24");
    std::vector<Ban> removed;
    CHECK(bans.remove(*Network::parse("192.0.2.0/24"), removed) == Outcome::done);
    CHECK(removed.size() == 1);
    CHECK(network_for(bans, "192.0.2.7") == "192.0.2.7");
}

TEST_CASE("bans: they are lifted by network or by name", "[bans]") {
    const test::TemporaryDirectory directory;
    BanList bans(directory.path());
    CHECK(bans.add(ban_of("192.0.2.7", 0, "Joker")) == Outcome::done);
    CHECK(bans.add(ban_of("192.0.2.8", 0, "joker")) == Outcome::done);
    CHECK(bans.add(ban_of("192.0.2.9")) == Outcome::done);
    std::vector<Ban> removed;
    CHECK(bans.remove(*Network::parse("192.0.2.0/24"), removed) == Outcome::absent);
    CHECK(bans.remove("", removed) == Outcome::absent);
    CHECK(bans.remove("Penguin", removed) == Outcome::absent);
    CHECK(bans.remove("JOKER", removed) == Outcome::done);
    CHECK(removed.size() == 2);
    CHECK(BanList(directory.path()).in_force(now).size() == 1);
}

TEST_CASE("bans: what is over is forgotten", "[bans]") {
    const test::TemporaryDirectory directory;
    BanList bans(directory.path());
    CHECK(bans.add(ban_of("192.0.2.7", now + 5)) == Outcome::done);
    bans.expire(now + 4);
    CHECK(bans.in_force(now).size() == 1);
    bans.expire(now + 5);
    CHECK(bans.in_force(now).empty());
    CHECK(bans.add({*Network::parse("192.0.2.8"), {}, "x", 0, now + 6, 0}) == Outcome::done);
    CHECK(BanList(directory.path()).in_force(0).size() == 1);
}

TEST_CASE("bans: their number is bounded", "[bans]") {
    const test::TemporaryDirectory directory;
    std::string rows;
    for (std::size_t i = 0; i < BanList::max_bans; ++i)
        rows += std::string(i > 0 ? "," : "") + R"({"network":"10.)" + std::to_string(i / 65'536) + '.' +
                std::to_string(i / 256 % 256) + '.' + std::to_string(i % 256) +
                R"(","reason":"x","operator":0,"at":1})";
    write_file(directory.file("bans.json"), R"({"version":1,"bans":[)" + rows + "]}");
    BanList bans(directory.path());
    CHECK(bans.trouble().empty());
    CHECK(bans.in_force(now).size() == BanList::max_bans);
    CHECK(bans.add(ban_of("192.0.2.7")) == Outcome::full);
    CHECK(bans.add(ban_of("10.0.0.7")) == Outcome::done);
}

TEST_CASE("bans: a file that cannot be understood is left alone, and said", "[bans]") {
    for (const char* text :
         {"", "[]", "{}", R"({"version":2,"bans":[]})", R"({"version":1})", R"({"version":1,"bans":[{}]})",
          R"({"version":1,"bans":[{"network":"Joker","reason":"x"}]})",
          R"({"version":1,"bans":[{"network":"192.0.2.7","reason":"a\nb"}]})"}) {
        const test::TemporaryDirectory directory;
        write_file(directory.file("bans.json"), text);
        BanList bans(directory.path());
        CHECK(bans.trouble().find("bans.json") != std::string::npos);
        CHECK(bans.in_force(now).empty());
        CHECK(bans.add(ban_of("192.0.2.7")) == Outcome::not_stored);
        std::vector<Ban> removed;
        CHECK(bans.remove("Joker", removed) == Outcome::not_stored);
        CHECK(read_file(directory.file("bans.json")) == text);
    }
}

TEST_CASE("bans: a change that cannot be stored does not count", "[bans]") {
    const test::TemporaryDirectory directory;
    BanList bans(directory.path() + "/absent");
    CHECK(bans.trouble().empty());
    CHECK(bans.add(ban_of("192.0.2.7")) == Outcome::not_stored);
    CHECK(bans.trouble().find("not stored") != std::string::npos);
    CHECK(bans.in_force(now).empty());
}

}  // namespace ban_list_test
