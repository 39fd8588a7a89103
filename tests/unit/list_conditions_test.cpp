// Which channels LIST shows.
#include "chat-acceptor/dialects/irc/list_conditions.h"

#include "tests/support/catch.h"

#include <vector>

namespace list_conditions_test {

using chat::irc::is_listed;
using chat::irc::ListedChannel;

namespace {

constexpr chat::Microseconds minute = 60'000'000;
constexpr chat::Microseconds now = 1'000 * minute;
constexpr ListedChannel films{"#Films", 3, now - 3 * minute, now - 2 * minute};

bool shows(std::initializer_list<std::string_view> conditions, const ListedChannel& channel = films) {
    const std::vector<std::string_view> words(conditions);
    return is_listed(words, channel, now);
}

}  // namespace

TEST_CASE("list: without a condition every channel is shown", "[irc]") {
    CHECK(shows({}));
    CHECK(shows({""}));
}

TEST_CASE("list: by the number of members", "[irc]") {
    CHECK(shows({">2"}));
    CHECK_FALSE(shows({">3"}));
    CHECK(shows({"<4"}));
    CHECK_FALSE(shows({"<3"}));
}

TEST_CASE("list: by age, in minutes, ignoring the case of the letter", "[irc]") {
    CHECK(shows({"C>2"}));
    CHECK_FALSE(shows({"C>3"}));
    CHECK(shows({"c<4"}));
    CHECK_FALSE(shows({"c<3"}));
    CHECK_FALSE(shows({"C<0"}));
    CHECK(shows({"C<4294967295"}));
}

TEST_CASE("list: by the age of a topic, which not every channel has", "[irc]") {
    CHECK(shows({"T>1"}));
    CHECK_FALSE(shows({"T>2"}));
    CHECK(shows({"t<3"}));
    CHECK_FALSE(shows({"t<2"}));
    constexpr ListedChannel silent{"#silent", 3, now - 3 * minute, {}};
    CHECK_FALSE(shows({"T>0"}, silent));
    CHECK_FALSE(shows({"T<9"}, silent));
    CHECK(shows({"C>0"}, silent));
}

TEST_CASE("list: by masks, of which one has to match, and by masks that must not match", "[irc]") {
    CHECK(shows({"#f*"}));
    CHECK(shows({"#none", "*ILMS"}));
    CHECK_FALSE(shows({"#none", "#else"}));
    CHECK_FALSE(shows({"!*films"}));
    CHECK(shows({"!#none", "!#else"}));
    CHECK_FALSE(shows({"#f*", "!*s"}));
}

TEST_CASE("list: all conditions have to hold", "[irc]") {
    CHECK(shows({"#f*", ">2", "C>1", "T<5"}));
    CHECK_FALSE(shows({"#f*", ">2", "C>1", "T>5"}));
}

TEST_CASE("list: a comparison with something else is a mask", "[irc]") {
    for (const char* word : {">x", "<", "C>", "C>-1", "T<1m", "C>4294967296", "C"}) CHECK_FALSE(shows({word}));
}

}  // namespace list_conditions_test
