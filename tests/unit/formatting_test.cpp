// IRC's formatting codes.
#include "shared/text/formatting.h"

#include "tests/support/catch.h"

#include <string>
#include <utility>
#include <vector>

namespace formatting_test {

using namespace chat;

TEST_CASE("a text without formatting has all its other characters", "[text][irc]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"plain text, with a\ttab", "plain text, with a\ttab"},
        {"\x02"
         "bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estruck\x1e \x11mono\x11 \x16reverse\x0f",
         "bold italic under struck mono reverse"},
        {"\x03"
         "4red\x03 \x03"
         "04,12on blue\x03",
         "red on blue"},
        {"\x03"
         "123",
         "3"},
        {"\x03"
         "4,five \x03,5",
         ",five ,5"},
        {"\x04"
         "ff0000red \x04"
         "FF0000,00ff00green\x04 \x04zoo",
         "red green zoo"},
        {"caf\xc3\xa9 \x01VERSION\x01", "caf\xc3\xa9 VERSION"},
        {"one\n\ntwo", "one \u21b5  \u21b5 two"},
        {"\x03", ""},
        {"", ""},
    };
    for (const auto& [text, plain] : cases) {
        INFO(plain);
        CHECK(without_formatting(text) == plain);
        CHECK(has_formatting(text) == (text != plain));
    }
}

}  // namespace formatting_test
