// Records that carry what a dialect has written itself.
#include "shared/records/answer.h"
#include "shared/records/record.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"

#include <string>
#include <vector>

using namespace chat;

namespace {

std::vector<std::byte> bytes_of(const Record& record) {
    std::vector<std::byte> bytes(encoded_size(record));
    encode(record, bytes);
    return bytes;
}

}  // namespace

TEST_CASE("records: an IRC client's registration comes back with its row and lines", "[records][irc]") {
    std::string text;
    const auto bytes =
        bytes_of(records::Introduced{.name = "alice", .row = "a row", .lines = "001 :Hi\n"}.record(text));
    const auto record = decode(bytes);
    REQUIRE(record);
    const auto introduced = records::Introduced::of(*record);
    CHECK(record->name == "alice");
    CHECK(introduced.name == "alice");
    CHECK(introduced.row == "a row");
    CHECK(introduced.lines == "001 :Hi\n");
}

TEST_CASE("records: a dialect's own answer comes back, as a part of a list too", "[records][irc]") {
    for (const std::string_view cursor : {"", "4711"}) {
        std::string text;
        const auto bytes =
            bytes_of(records::DialectAnswer{.row = "a row", .lines = "366 #a\n", .cursor = cursor}.record(text));
        const auto record = decode(bytes);
        REQUIRE(record);
        const auto answer = records::DialectAnswer::of(*record);
        CHECK(answer.row == "a row");
        CHECK(answer.lines == "366 #a\n");
        CHECK(answer.cursor == cursor);
        CHECK(records::is_part_of_list(*record) == !cursor.empty());
    }
}
