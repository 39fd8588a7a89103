// What WHO asks for.
#include "chat-acceptor/dialects/irc/whox.h"

#include "tests/support/catch.h"

#include <string>

namespace whox_test {

using chat::irc::parse_who_options;

namespace {

std::string fields_of(std::string_view text) {
    return std::string(parse_who_options(text).fields.view());
}

}  // namespace

TEST_CASE("whox: fields come in a fixed order, each once", "[irc]") {
    CHECK(fields_of("%tcuihsnfdlaor") == "tcuihsnfdlaor");
    CHECK(fields_of("%roaldfnshiuct,1") == "tcuihsnfdlaor");
    CHECK(fields_of("%nntnt") == "tn");
    CHECK(fields_of("%nXé!z") == "n");
    CHECK(fields_of("%").empty());
    CHECK(fields_of("").empty());
    CHECK(fields_of("tn,5").empty());
}

TEST_CASE("whox: a token has one to three digits", "[irc]") {
    CHECK(parse_who_options("%tn,7").token == "7");
    CHECK(parse_who_options("o%tn,042").token == "042");
    for (const char* text : {"", "%tn", "%tn,", "%tn,1234", "%tn,x", "%tn,-1", "%tn,1,2", "%tn, 1"})
        CHECK(parse_who_options(text).token == "0");
}

TEST_CASE("whox: only what is before the percent sign is a flag", "[irc]") {
    CHECK(parse_who_options("o").only_operators);
    CHECK(parse_who_options("xo%n").only_operators);
    CHECK_FALSE(parse_who_options("%o").only_operators);
    CHECK_FALSE(parse_who_options("").only_operators);
}

}  // namespace whox_test
