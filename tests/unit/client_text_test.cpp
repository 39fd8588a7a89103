// The client's small text rooms: what may be printed, where lines end, what a server address is.
#include "client/net/line_splitter.h"
#include "client/net/server_address.h"
#include "shared/text/printable.h"
#include "shared/text/suggestion.h"
#include "shared/text/text_rules.h"
#include "tests/support/catch.h"

#include <string>
#include <vector>

namespace client_text_test {

using chat::LineSplitter;
using chat::nearest;
using chat::parse_server_address;
using chat::printable;

TEST_CASE("clean text is printed as it is", "[printable]") {
    for (const char* text : {"", "plain", "a\tb", "naïve 日本 🙂", "\xF4\x8F\xBF\xBD"})
        CHECK(printable(text) == text);
}

TEST_CASE("each byte of anything else is replaced", "[printable]") {
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(printable("a\x1b[2Jb") == "a" + mark + "[2Jb");
    CHECK(printable("\xC2\x9B") == mark + mark);
    CHECK(printable("\xE2\x80\xAE!") == mark + mark + mark + "!");
    CHECK(printable("\xE2\x80") == mark + mark);
    CHECK(printable("\xC0\xAF") == mark + mark);
    CHECK(printable(std::string("\0\x7F\r\n", 4)) == mark + mark + mark + mark);
}

TEST_CASE("any input gives clean output", "[printable]") {
    std::string every;
    for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
    for (std::size_t shift = 0; shift < every.size(); ++shift) {
        CHECK(chat::is_clean_text(printable(every.substr(shift) + every.substr(0, shift))));
    }
}

TEST_CASE("lines come out whole, however the bytes come in", "[line_splitter]") {
    const std::string bytes = "one\r\n\ntwo\nthr\ree\nrest";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        LineSplitter splitter(100);
        std::string seen;
        for (std::size_t i = 0; i < bytes.size(); i += step) {
            splitter.add(bytes.substr(i, step));
            while (const auto line = splitter.next()) seen += line->text + "|";
        }
        CHECK(seen == "one||two|thr\ree|");
        CHECK(splitter.last()->text == "rest");
        CHECK_FALSE(splitter.last());
    }
}

TEST_CASE("a line that is too long is skipped, and the next one is whole", "[line_splitter]") {
    const std::string bytes = "12345\n123456\n12345\r\n" + std::string(1000, 'x') + "\nend\n";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        LineSplitter splitter(5);
        std::string seen;
        for (std::size_t i = 0; i < bytes.size(); i += step) {
            splitter.add(bytes.substr(i, step));
            while (const auto line = splitter.next()) seen += (line->too_long ? "!" : line->text) + "|";
        }
        CHECK(seen == "12345|!|12345|!|end|");
        CHECK_FALSE(splitter.last());
    }
}

TEST_CASE("the stream may end inside a line that is too long", "[line_splitter]") {
    LineSplitter splitter(5);
    splitter.add("1234567890");
    CHECK_FALSE(splitter.next());
    const auto line = splitter.last();
    REQUIRE(line);
    CHECK(line->too_long);
    CHECK_FALSE(splitter.last());
}

TEST_CASE("server addresses as people write them", "[server_address][R34]") {
    const auto written = [](const char* text) {
        const auto address = parse_server_address(text);
        return address ? address->written() : "none";
    };
    CHECK(written("example.org") == "example.org:5000");
    CHECK(written("example.org:6000") == "example.org:6000");
    CHECK(written("192.0.2.1:1") == "192.0.2.1:1");
    CHECK(written("[2001:db8::1]") == "[2001:db8::1]:5000");
    CHECK(written("[2001:db8::1]:65535") == "[2001:db8::1]:65535");
    CHECK(written("2001:db8::1") == "[2001:db8::1]:5000");
    CHECK(written("[fe80::1%eth0]:5000") == "[fe80::1%eth0]:5000");
    for (const char* text : {"", ":", ":5000", "host:", "host:0", "host:65536", "host:+1", "host:5000x", "[::1",
                             "[::1]5000", "[]", "[a:b]", "a:b:c", "two words", "host\n", "[[::1]]"}) {
        INFO(text);
        CHECK(written(text) == "none");
    }
}

TEST_CASE("a mistyped word suggests the one that was meant", "[suggestion]") {
    const std::vector<std::string> words{"/join", "/joingroup", "/active", "/activegroups", "/send", "/sendfile"};
    CHECK(nearest("/jion", words) == "/join");
    CHECK(nearest("/actve", words) == "/active");
    CHECK(nearest("/SENDFLIE", words) == "/sendfile");
    CHECK(nearest("/joingr", words) == "/joingroup");
    CHECK(nearest("/act", words).empty());
    CHECK(nearest("/xyzzy", words).empty());
    CHECK(nearest("", words).empty());
    CHECK(nearest(std::string(100000, 'x'), words).empty());
}

}  // namespace client_text_test
