// Lines of IRC, parsed.
#include "chat-acceptor/dialects/irc/irc_line.h"

#include "tests/support/catch.h"

#include <string>

using namespace chat::irc;
using Words = std::vector<std::string_view>;
Words words_of(const Params& params) {
    return {params.begin(), params.end()};
}

TEST_CASE("irc: a line has tags, a source, a command and parameters", "[irc]") {
    const Line line = parse_line("@a=b;+c :ann!x@y PRIVMSG  #films  bob :hello :there ");
    CHECK(line.tags == "a=b;+c");
    CHECK(line.command == "PRIVMSG");
    CHECK(words_of(line.params) == Words{"#films", "bob", "hello :there "});
    CHECK(line.param(1) == "bob");
    CHECK(line.param(7).empty());
    CHECK_FALSE(line.is_too_long);
}

TEST_CASE("irc: a trailing parameter may be empty, and the fifteenth takes the rest", "[irc]") {
    CHECK(words_of(parse_line("NICK :").params) == Words{""});
    CHECK(parse_line("QUIT").params.empty());
    CHECK(parse_line("   ").command.empty());
    CHECK(parse_line("X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16").params.back() == "15 16");
}

TEST_CASE("irc: tags and the rest of a line have limits of their own", "[irc]") {
    CHECK_FALSE(parse_line(std::string(510, 'x')).is_too_long);
    CHECK(parse_line(std::string(511, 'x')).is_too_long);
    CHECK_FALSE(parse_line("@" + std::string(4094, 't') + " X").is_too_long);
    CHECK(parse_line("@" + std::string(4095, 't') + " X").is_too_long);
}

TEST_CASE("irc: lists, texts and masks", "[irc]") {
    CHECK(split_list("#a,,#b,") == Words{"#a", "#b"});
    CHECK(split_list("").empty());
    CHECK(
        is_irc_text("\x02 bold \x03"
                    "4 \x01"
                    "ACTION\x01"));
    CHECK_FALSE(is_irc_text("caf\xe9"));
    CHECK_FALSE(is_irc_text("caf\xc3\x02\xa9"));
    CHECK_FALSE(is_irc_text(std::string_view("a\0b", 3)));
    for (const char* pattern : {"*", "a*", "*E", "al?ce", "ALICE", "**l*c*", "alice*"})
        CHECK(chat::matches(pattern, "Alice"));
    for (const char* pattern : {"", "a", "al?c", "*x*", "?", "alicee"}) CHECK_FALSE(chat::matches(pattern, "Alice"));
}
