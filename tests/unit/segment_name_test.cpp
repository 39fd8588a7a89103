// The name of the segment when another user has taken it.
#include "shared/memory/segment_name.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace segment_name_test {

using namespace chat;
using test::ScratchInstance;
using test::TemporaryDirectory;

TEST_CASE("a segment has the name of its instance", "[segment_name]") {
    const TemporaryDirectory directory;
    CHECK(SegmentName("default", directory.path()).current() == "default");
    CHECK(SegmentName("default", directory.file("absent")).current() == "default");
}

TEST_CASE("another name is random, and every process finds it while the object exists", "[segment_name]") {
    const TemporaryDirectory directory;
    const ScratchInstance instance;
    const SegmentName name(instance.name(), directory.path());
    const std::string first = name.choose_another();
    CHECK(first.starts_with(instance.name() + '-'));
    CHECK(name.current() == instance.name());
    const std::string second = name.choose_another();
    CHECK(first != second);
    {
        const auto object = SharedMemory::create(Segment::object_name(second), 4096);
        CHECK(name.current() == second);
        CHECK(SegmentName(instance.name(), directory.path()).current() == second);
        CHECK(SegmentName("other", directory.path()).current() == "other");
        name.reset();
        CHECK(name.current() == instance.name());
        name.reset();
    }
    SharedMemory::remove(Segment::object_name(second));
}

TEST_CASE("what is no name of this instance in the file is not used", "[segment_name]") {
    const TemporaryDirectory directory;
    const ScratchInstance instance;
    const ScratchInstance other;
    const auto object = SharedMemory::create(other.object(), 4096);
    const SegmentName name(instance.name(), directory.path());
    for (const std::string& text :
         {std::string(), std::string("\n"), other.name(), instance.name() + "-0123", std::string(1000, 'x'),
          instance.name() + "-0123456789abcdeg", "../" + other.name()}) {
        std::ofstream(directory.file("segment-" + instance.name())) << text;
        CHECK(name.current() == instance.name());
    }
    std::filesystem::remove(directory.file("segment-" + instance.name()));
    std::filesystem::create_directory(directory.file("segment-" + instance.name()));
    CHECK_THROWS_AS(name.current(), std::system_error);
}

}  // namespace segment_name_test
