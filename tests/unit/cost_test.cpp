// What a command costs its client.
#include "chat-acceptor/acts/cost.h"

#include "shared/records/answer.h"
#include "shared/records/group.h"
#include "shared/records/room.h"
#include "tests/support/catch.h"

#include <vector>

namespace cost_test {

using namespace chat;

TEST_CASE("cost: one more token for each 64 receivers", "[cost]") {
    const std::vector<SlotId> everyone(3000);
    CHECK(further_cost(Record{.kind = RecordKind::message}) == 0);
    CHECK(further_cost(Record{.kind = RecordKind::message, .receivers = std::span(everyone).first(63)}) == 0);
    CHECK(further_cost(Record{.kind = RecordKind::message, .receivers = std::span(everyone).first(64)}) == 1);
    CHECK(further_cost(Record{.kind = RecordKind::message, .receivers = everyone}) == 46);
}

TEST_CASE("cost: one more token for each 64 rows of a list", "[cost]") {
    CHECK(further_cost(records::Clients{.count = 5, .list = "active"}.record()) == 0);
    CHECK(further_cost(records::Clients{.count = 640, .list = "active"}.record()) == 10);
    CHECK(further_cost(records::Rooms{.count = 1000}.record()) == 15);
    CHECK(further_cost(records::Groups{.count = 64, .list = "activegroups"}.record()) == 1);
    CHECK(further_cost(records::Clients{.count = 640, .list = "active", .cursor = "7"}.record()) == 0);
    CHECK(further_cost(records::Echo{"x"}.record()) == 0);
}

}  // namespace cost_test
