// How much memory the server can need, and how much it may use.
#include "shared/memory/memory_bound.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

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

// What the kernel shows of a process in the control group `group`: the files memory.max of some groups.
class ControlGroups {
  public:
    explicit ControlGroups(const std::string& group) { write("proc/self/cgroup", "1:name=systemd:/old\n0::" + group); }
    void limit(const std::string& group, const std::string& words) const {
        write("sys/fs/cgroup" + group + "/memory.max", words);
    }
    [[nodiscard]] std::optional<std::uint64_t> found() const { return memory_limit(directory_.path()); }

  private:
    void write(const std::string& name, const std::string& words) const {
        const std::filesystem::path path = directory_.file(name);
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << words << '\n';
    }
    test::TemporaryDirectory directory_;
};

TEST_CASE("the limit on memory is the lowest of the control group and those around it", "[memory_bound]") {
    const ControlGroups groups("/system.slice/chat.slice/chat-acceptor.service");
    CHECK(!groups.found());
    groups.limit("/system.slice/chat.slice/chat-acceptor.service", "max");
    groups.limit("/system.slice/other.service", "1000");
    CHECK(!groups.found());
    groups.limit("/system.slice/chat.slice", "2000000");
    CHECK(groups.found() == 2'000'000);
    groups.limit("/system.slice/chat.slice/chat-acceptor.service", "3000000");
    CHECK(groups.found() == 2'000'000);
    groups.limit("/system.slice", "1000000");
    CHECK(groups.found() == 1'000'000);
}

TEST_CASE("a limit on memory is reported only if it is below the bound", "[memory_bound]") {
    const test::ScratchSegment scratch;
    const std::uint64_t bound = memory_bound(scratch.segment);
    CHECK(memory_warning(scratch.segment, std::nullopt).empty());
    CHECK(memory_warning(scratch.segment, bound).empty());
    CHECK(!memory_warning(scratch.segment, bound - 1).empty());
    CHECK(memory_warning(scratch.segment, 64 * 1024 * 1024).starts_with("MemoryMax= allows 64 MiB, but "));
}

}  // namespace memory_bound_test
