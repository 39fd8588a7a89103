// What fits the client's window: columns, and lines that are broken between words.
#include "client/terminal/columns.h"
#include "client/terminal/edited_line.h"
#include "client/terminal/wrap.h"
#include "tests/support/catch.h"

#include <clocale>
#include <string>
#include <vector>

namespace client_screen_test {

using chat::take_columns;
using chat::wrapped;

namespace {

std::vector<std::size_t> columns_of(std::string_view text) {
    std::vector<std::size_t> columns;
    std::size_t column = 0;
    while (!text.empty()) {
        columns.push_back(take_columns(text, column));
        column += columns.back();
    }
    return columns;
}

}  // namespace

TEST_CASE("the columns of each character", "[columns]") {
    (void)std::setlocale(LC_ALL, "C.UTF-8");
    using Columns = std::vector<std::size_t>;
    CHECK(columns_of("ab") == Columns{1, 1});
    CHECK(columns_of("\t|") == Columns{8, 1});
    CHECK(columns_of("abc\t|") == Columns{1, 1, 1, 5, 1});
    CHECK(columns_of("日本") == Columns{2, 2});
    CHECK(columns_of("e\xCC\x81!") == Columns{1, 0, 1});
    CHECK(columns_of("\x01\x7f") == Columns{2, 2});
    CHECK(columns_of("\xff\xfe") == Columns{1, 1});
}

TEST_CASE("a line is broken between words, and a TAB takes its columns", "[wrap]") {
    (void)std::setlocale(LC_ALL, "C.UTF-8");
    CHECK(wrapped("one two three four five", 20) == "one two three four\n  five");
    CHECK(wrapped("a\tb\tc word another", 20) == "a\tb\tc\n  word another");
    CHECK(wrapped("12345678901234 x\ty z", 20) == "12345678901234\n  x\ty z");
    CHECK(wrapped("short", 10) == "short");
    CHECK(wrapped("\x1b[1mone\x1b[0m two three four five", 20) == "\x1b[1mone\x1b[0m two three four\n  five");
}

}  // namespace client_screen_test
