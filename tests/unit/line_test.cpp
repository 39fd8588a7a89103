// Parsing a client's line.
#include "shared/text/line.h"

#include "tests/support/catch.h"

#include <string>

namespace line_test {

using namespace chat;

namespace {

// "tag|command|text", which is easier to read in a test than three checks.
std::string parts_of(std::string_view line) {
    const ClientLine parsed = parse_client_line(line);
    return std::string(parsed.tag) + '|' + std::string(parsed.command) + '|' + std::string(parsed.text);
}

}  // namespace

TEST_CASE("a slash makes a command, anything else goes to the lobby", "[line]") {
    CHECK(parts_of("hello there") == "||hello there");
    CHECK(parts_of("/send 12345 hi") == "|/send|12345 hi");
    CHECK(parts_of("/active") == "|/active|");
    CHECK(parts_of("/active ") == "|/active|");
    CHECK(parts_of("/Active") == "|/Active|");
    CHECK(parts_of("/") == "|/|");
    CHECK(parts_of(" /active") == "|| /active");
    CHECK(parts_of("a /active") == "||a /active");
}

TEST_CASE("one space separates, and the text is everything after it", "[line]") {
    CHECK(parts_of("/echo  two  spaces ") == "|/echo| two  spaces ");
    CHECK(parts_of("/echo\ttab") == "|/echo\ttab|");
    CHECK(parts_of("  indented ") == "||  indented ");
    const auto [word, rest] = split_first_word("12345  two");
    CHECK(word == "12345");
    CHECK(rest == " two");
    CHECK(split_first_word("alone").word == "alone");
    CHECK(split_first_word("alone").rest.empty());
    CHECK(split_first_word(" x").word.empty());
    CHECK(split_first_word("").word.empty());
}

TEST_CASE("two slashes send a text that begins with one", "[line]") {
    CHECK(parts_of("//etc/hosts is a file") == "||/etc/hosts is a file");
    CHECK(parts_of("//") == "||/");
    CHECK(parts_of("///x") == "||//x");
}

TEST_CASE("the bare words exit and quit leave, in any case", "[line][R61][R85]") {
    for (const char* word : {"exit", "EXIT", "Exit", "quit", "QUIT", "qUIT"}) CHECK(parts_of(word) == "|/quit|");
    for (const char* word : {"exit now", " exit", "exit ", "quits", "q", "exi"})
        CHECK(parts_of(word) == "||" + std::string(word));
}

TEST_CASE("only a line of the exact form is tagged", "[line]") {
    CHECK(parts_of("@7 /active") == "7|/active|");
    CHECK(parts_of("@a.B_9- /echo x y") == "a.B_9-|/echo|x y");
    const std::string longest(32, 't');
    CHECK(parts_of("@" + longest + " /echo x") == longest + "|/echo|x");
    for (const std::string& line :
         {std::string("@bob hello"), std::string("@ /active"), std::string("@7  /active"), std::string("@7/active"),
          std::string("@7"), std::string("@7 "), std::string("@"), std::string("@b!b /active"), std::string("@7 exit"),
          std::string(" @7 /active"), std::string("@7 //text"), std::string("@7 //"), "@" + longest + "t /active"}) {
        INFO(line);
        CHECK(parts_of(line) == "||" + line);
        CHECK(find_tag(line).empty());
    }
}

TEST_CASE("the tag of a rejected line is found in its beginning", "[line]") {
    CHECK(find_tag("@7 /echo \x01\xff") == "7");
    CHECK(find_tag("@7 /") == "7");
    CHECK(find_tag("").empty());
    CHECK(find_tag("/echo @7 /x").empty());
}

}  // namespace line_test
