// What the client reads from the wire: the server's lines, well-formed and otherwise.
#include "shared/text/protocol.h"

#include "tests/support/catch.h"

#include <string>

namespace protocol_test {

using chat::parse_server_line;

TEST_CASE("a line of the server has kind, fields and text", "[protocol][R57]") {
    const auto line =
        parse_server_line("message id=1042 from=48213 name=Batman to=51990 at=2026-11-20T12:31:05.123Z :Anyone here?");
    REQUIRE(line);
    CHECK(line->kind == "message");
    CHECK(line->value("id") == "1042");
    CHECK(line->value("name") == "Batman");
    CHECK(line->value("to") == "51990");
    CHECK(line->fields.size() == 5);
    CHECK(line->text == "Anyone here?");
    CHECK_FALSE(line->field("tag"));
    CHECK(line->value("tag").empty());
}

TEST_CASE("text runs to the end of the line, spaces and colons and all", "[protocol]") {
    CHECK(parse_server_line("echo :  two  : spaces = ")->text == "  two  : spaces = ");
    CHECK(parse_server_line("echo :")->text == "");
    CHECK_FALSE(parse_server_line("echo")->text);
    CHECK_FALSE(parse_server_line("echo ")->text);
    CHECK(parse_server_line("group-joined group=1234 :in")->kind == "group-joined");
}

TEST_CASE("a colon inside a value does not start the text", "[protocol]") {
    const auto line = parse_server_line("message to=room:lobby name=a :text");
    CHECK(line->value("to") == "room:lobby");
    CHECK(line->text == "text");
}

TEST_CASE("line ends are LF or CR LF", "[protocol]") {
    CHECK(parse_server_line("echo :x\n")->text == "x");
    CHECK(parse_server_line("echo :x\r\n")->text == "x");
    CHECK(parse_server_line("echo :x\r\r\n")->text == "x\r");
    CHECK(parse_server_line("date value=1\r\n")->value("value") == "1");
}

TEST_CASE("unknown kinds and fields are kept", "[protocol]") {
    const auto line = parse_server_line("hologram-offer of-what=ship new= :look");
    REQUIRE(line);
    CHECK(line->kind == "hologram-offer");
    CHECK(line->value("of-what") == "ship");
    CHECK(line->field("new") == "");
}

TEST_CASE("tokens that are not fields are skipped, and the first of two equal fields counts", "[protocol]") {
    const auto line = parse_server_line("ok  loose =x KEY=1 id=1 id=2 a=b=c :text");
    REQUIRE(line);
    CHECK(line->fields.size() == 2);
    CHECK(line->value("id") == "1");
    CHECK(line->value("a") == "b=c");
    CHECK(line->text == "text");
}

TEST_CASE("a line must start with a kind", "[protocol]") {
    for (const char* text : {"", "\n", " ", " echo :x", ":x", "=", "ECHO :x", "Echo", "9lives", "-x", "a.b", "\x1b[2J",
                             "\xC3\xA9 :x", "SSH-2.0"}) {
        INFO(text);
        CHECK_FALSE(parse_server_line(text));
    }
}

TEST_CASE("a line with very many fields is bounded and keeps its text", "[protocol]") {
    std::string text = "x";
    for (int i = 0; i < 10000; ++i) text += " k" + std::to_string(i) + "=v";
    const auto line = parse_server_line(text + " :end");
    REQUIRE(line);
    CHECK(line->fields.size() == chat::max_fields);
    CHECK(line->text == "end");
}

TEST_CASE("arbitrary bytes do no harm", "[protocol]") {
    unsigned state = 1;
    for (int round = 0; round < 20000; ++round) {
        std::string line = round % 2 == 0 ? "kind " : "";
        for (int i = 0; i < 40; ++i) {
            state = state * 1103515245u + 12345u;
            constexpr std::string_view frequent = " =: \r\nka";
            const unsigned value = (state >> 16) & 0xFF;
            line += value < 128 ? frequent[value % frequent.size()] : static_cast<char>(value);
        }
        const auto parsed = parse_server_line(line);
        if (round % 2 == 0) REQUIRE((parsed && parsed->kind == "kind"));
    }
}

}  // namespace protocol_test
