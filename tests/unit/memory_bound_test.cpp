// How much memory the server can need, and how much it may use.
#include "shared/memory/memory_bound.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

namespace memory_bound_test {

using namespace chat;

TEST_CASE("the bound covers all of shared memory, and grows with the number of clients", "[memory_bound]") {
    const test::ScratchSegment few;
    SegmentSizes sizes = test::small_sizes;
    sizes.slots *= 10;
    const test::ScratchSegment many(sizes);
    CHECK(few.segment.backed_bytes() > 0);
    CHECK(few.segment.backed_bytes() <= layout_of(few.segment.sizes()).total);
    CHECK(memory_bound(few.segment) > layout_of(few.segment.sizes()).total);
    CHECK(memory_bound(many.segment) > memory_bound(few.segment));
}

TEST_CASE("a limit on memory is reported only if it is below the bound", "[memory_bound]") {
    const test::ScratchSegment scratch;
    const auto limit = memory_limit();
    CHECK(memory_warning(scratch.segment).empty() == (!limit || *limit >= memory_bound(scratch.segment)));
}

}  // namespace memory_bound_test
