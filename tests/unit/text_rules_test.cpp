// What a line may contain, byte by byte: every sequence of one or two bytes, every code point, and every wrong
// encoding, compared with a second implementation that is written for clarity instead of speed.
#include "shared/text/text_rules.h"

#include "tests/support/catch.h"

#include <cstdint>
#include <string>
#include <vector>

namespace text_rules_test {

using namespace chat;

namespace {

// Encodes `point` in `length` bytes, whether or not UTF-8 allows that.
std::string spell(std::uint32_t point, std::size_t length) {
    if (length == 1) return {static_cast<char>(point)};
    std::string text(length, '\0');
    for (std::size_t i = length; i-- > 1; point >>= 6U) text[i] = static_cast<char>(0x80U | (point & 0x3fU));
    constexpr std::uint32_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc};
    text[0] = static_cast<char>(leads[length] | point);
    return text;
}

std::size_t shortest_length(std::uint32_t point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

bool is_allowed(std::uint32_t point) {
    if (point >= 0xd800 && point <= 0xdfff) return false;                    // surrogates
    if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return point == 9;  // C0, DEL, C1
    if (point == 0x2028 || point == 0x2029) return false;
    if (point == 0x61c || point == 0x200e || point == 0x200f) return false;  // more bidirectional controls
    if (point >= 0xe0000 && point < 0xe0080) return false;                   // tag characters
    if (point >= 0xfdd0 && point < 0xfdf0) return false;                     // noncharacters
    if (point % 0x10000 >= 0xfffe) return false;
    return !(point >= 0x202a && point <= 0x202e) && !(point >= 0x2066 && point <= 0x2069) && point <= 0x10ffff;
}

// Byte by byte, by trying what the next bytes could be.
bool is_clean_naively(const std::string& text) {
    for (std::size_t i = 0; i < text.size();) {
        std::size_t length = 0;
        for (std::size_t tried = 1; tried <= 4 && i + tried <= text.size(); ++tried) {
            const auto lead = static_cast<unsigned char>(text[i]);
            std::uint32_t point = tried == 1 ? lead : lead & (0x7fU >> tried);
            for (std::size_t k = 1; k < tried; ++k)
                point = point << 6U | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
            if (point <= 0x10ffff && shortest_length(point) == tried &&
                text.compare(i, tried, spell(point, tried)) == 0 && is_allowed(point))
                length = tried;
        }
        if (length == 0) return false;
        i += length;
    }
    return true;
}

// In a buffer of exactly its size, so that the sanitizer sees reads past it.
bool is_clean_exactly(const std::string& text) {
    const std::vector<char> exact(text.begin(), text.end());
    return is_clean_text({exact.data(), exact.size()});
}

}  // namespace

TEST_CASE("every one and two bytes are judged alike at any place in a line", "[text_rules]") {
    const std::string plain = "plain words, 24 of them.";
    std::size_t clean = 0;
    for (unsigned pair = 0; pair < 0x10000; ++pair) {
        const std::string bytes = {static_cast<char>(pair >> 8U), static_cast<char>(pair & 0xffU)};
        const bool expected = is_clean_naively(bytes);
        bool same = is_clean_exactly(bytes) == expected;
        for (const std::size_t at : {0U, 3U, 7U, 8U, 15U, 16U, 24U}) {
            std::string line = plain;
            line.insert(at, bytes);
            same = same && is_clean_text(line) == expected;
        }
        if (!same) FAIL("bytes " << std::hex << pair);
        if (expected) ++clean;
    }
    // 96 single characters (95 printable and TAB) in pairs, and the two-byte characters except C1 controls and one
    // bidirectional control.
    CHECK(clean == 96 * 96 + (0x800 - 0x80 - 32 - 1));
    for (unsigned byte = 0; byte < 0x100; ++byte) {
        const std::string one(1, static_cast<char>(byte));
        if (is_clean_exactly(one) != is_clean_naively(one)) FAIL("byte " << std::hex << byte);
    }
}

TEST_CASE("every code point is judged as the protocol says", "[text_rules]") {
    std::size_t allowed = 0;
    for (std::uint32_t point = 0; point <= 0x10ffff; ++point) {
        const bool clean = is_clean_text(spell(point, shortest_length(point)));
        if (clean != is_allowed(point)) FAIL("code point " << std::hex << point);
        if (clean) ++allowed;
    }
    CHECK(allowed == 0x110000 - 0x800 - 31 - 33 - 2 - 5 - 4 - 3 - 128 - 66);
    for (std::uint32_t point = 0x110000; point < 0x200000; point += 0x101) CHECK_FALSE(is_clean_text(spell(point, 4)));
    CHECK_FALSE(is_clean_text(spell(0x110000, 4)));
}

TEST_CASE("an overlong encoding is refused", "[text_rules]") {
    for (std::uint32_t point = 0; point < 0x10000; ++point)
        for (std::size_t length = shortest_length(point) + 1; length <= 4; ++length)
            if (is_clean_text(spell(point, length)))
                FAIL("code point " << std::hex << point << " in " << length << " bytes");
    for (const std::size_t length : {std::size_t{5}, std::size_t{6}}) CHECK_FALSE(is_clean_text(spell(0x41, length)));
}

TEST_CASE("a truncated character is refused, and nothing is read past the line", "[text_rules]") {
    for (const std::uint32_t point : {0xe9U, 0x7ffU, 0x800U, 0x20acU, 0xfffdU, 0x10000U, 0x1f600U, 0x10fffdU}) {
        const std::string whole = spell(point, shortest_length(point));
        CHECK(is_clean_exactly(whole));
        for (std::size_t size = 1; size < whole.size(); ++size) {
            CHECK_FALSE(is_clean_exactly(whole.substr(0, size)));
            CHECK_FALSE(is_clean_exactly("1234567" + whole.substr(0, size)));
            CHECK_FALSE(is_clean_exactly(whole.substr(0, size) + "12345678"));
            CHECK_FALSE(is_clean_exactly(whole.substr(size)));
        }
    }
    CHECK(is_clean_exactly(""));
}

TEST_CASE("any bytes are judged as by the second implementation", "[text_rules]") {
    constexpr std::string_view frequent = "\xe2\x80\xa8\xaa\xc2\x80\x9f\xa0\xed\xf0\xf4\x8f\x90\x7f\x1f \t~";
    std::uint32_t state = 7;
    std::size_t clean = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string text(static_cast<std::size_t>(round % 20), 'x');
        for (int i = 0; i < 4; ++i) {
            state = state * 1664525U + 1013904223U;
            const std::uint32_t random = state >> 12U;
            const char byte =
                random % 4 == 0 ? static_cast<char>(random >> 4U) : frequent[random / 4 % frequent.size()];
            text.insert(random % (text.size() + 1), 1, byte);
        }
        const bool expected = is_clean_naively(text);
        if (is_clean_text(text) != expected) FAIL("round " << round);
        if (expected) ++clean;
    }
    CHECK(clean > 500);
}

TEST_CASE("names begin with a letter or one of IRC's and are at most 32 characters", "[text_rules][R52]") {
    for (unsigned byte = 0; byte < 0x100; ++byte) {
        const char c = static_cast<char>(byte);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool word = letter || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        const bool special = c != '\0' && std::string_view("[]{}\\|^_`").find(c) != std::string_view::npos;
        INFO(byte);
        CHECK(is_name(std::string(1, c)) == (letter || special));
        CHECK(is_name(std::string{'a', c, 'b'}) == (word || special));
        CHECK(is_tag(std::string(1, c)) == word);
        CHECK(is_tag(std::string{'1', c}) == word);
    }
    CHECK(is_name(std::string(32, 'x')));
    CHECK_FALSE(is_name(std::string(33, 'x')));
    CHECK_FALSE(is_name(""));
    CHECK(is_tag(std::string(32, '7')));
    CHECK_FALSE(is_tag(std::string(33, '7')));
    CHECK_FALSE(is_tag(""));
}

TEST_CASE("rooms may have almost any name", "[text_rules]") {
    for (const char* name : {"films", "4711", "c++", "日本", "été", "a:b#c&d", "x"}) CHECK(is_room_name(name));
    for (const char* name : {"", "#films", "&films", "+films", "_films", ".films", "two words", "a,b", "a/b", "a\tb",
                             "a\x07", "\xff", "a-name-that-is-longer-than-32-byte"})
        CHECK_FALSE(is_room_name(name));
}

TEST_CASE("characters are counted, not bytes", "[text_rules][R20]") {
    CHECK(count_code_points("") == 0);
    CHECK(count_code_points("abc") == 3);
    CHECK(count_code_points("é€😀") == 3);
    CHECK(count_code_points("e\xcc\x81") == 2);
}

TEST_CASE("only ASCII letters have case", "[text_rules]") {
    CHECK(fold_case("BatMan_9.É[@`{") == "batman_9.É[@`{");
    CHECK(equal_ignoring_case("/QuIt", "/quit"));
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("quit", "quits"));
    CHECK_FALSE(equal_ignoring_case("É", "é"));
    CHECK_FALSE(equal_ignoring_case("@[", "`{"));
}

}  // namespace text_rules_test
