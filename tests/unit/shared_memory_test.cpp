// POSIX shared memory: created exclusively, validated when opened, reserved before use.
#include "shared/memory/shared_memory.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

namespace shared_memory_test {

using namespace chat;
using test::ScratchInstance;

namespace {

std::string problem_of_opening(const std::string& name, std::size_t least = 1) {
    std::string problem;
    CHECK_FALSE(SharedMemory::open(name, least, problem));
    return problem;
}

bool reads_as(std::span<const std::byte> bytes, std::byte value) {
    return std::all_of(bytes.begin(), bytes.end(), [value](std::byte b) { return b == value; });
}

}  // namespace

TEST_CASE("what one mapping writes another reads", "[shared_memory][D02]") {
    const ScratchInstance instance;
    const auto memory = SharedMemory::create(instance.object(), 8192);
    REQUIRE(memory.bytes().size() == 8192);
    REQUIRE(memory.reserve(0, 8192));
    CHECK(reads_as(memory.bytes(), std::byte{0}));
    std::string problem;
    const auto other = SharedMemory::open(instance.object(), 8192, problem);
    REQUIRE(other);
    CHECK(problem.empty());
    CHECK(other->bytes().size() == 8192);
    memory.bytes()[8191] = std::byte{42};
    CHECK(other->bytes()[8191] == std::byte{42});
}

TEST_CASE("an object that cannot be created leaves no name behind", "[shared_memory]") {
    const ScratchInstance instance;
    for (const std::size_t size : {std::size_t{1} << 62U, ~std::size_t{0}}) {
        CHECK_THROWS_AS(SharedMemory::create(instance.object(), size), std::system_error);
        struct stat status {};
        CHECK(::stat(instance.path().c_str(), &status) != 0);
    }
}

TEST_CASE("an object is created once, and private", "[shared_memory]") {
    const ScratchInstance instance;
    const auto memory = SharedMemory::create(instance.object(), 4096);
    CHECK_THROWS_AS(SharedMemory::create(instance.object(), 4096), std::system_error);
    struct stat status {};
    REQUIRE(::stat(instance.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600U);
    CHECK(status.st_size == 4096);
}

TEST_CASE("a missing object is not a problem", "[shared_memory]") {
    const ScratchInstance instance;
    CHECK(problem_of_opening(instance.object()).empty());
}

TEST_CASE("an object that others may write, or of another user, is refused", "[shared_memory]") {
    const ScratchInstance instance;
    const auto memory = SharedMemory::create(instance.object(), 4096);
    for (const mode_t mode : {mode_t{0644}, mode_t{0660}, mode_t{0602}, mode_t{0700}, mode_t{0400}, mode_t{02600}}) {
        INFO(mode);
        REQUIRE(::chmod(instance.path().c_str(), mode) == 0);
        CHECK_FALSE(problem_of_opening(instance.object()).empty());
    }
    REQUIRE(::chmod(instance.path().c_str(), 0600) == 0);
    std::string problem;
    CHECK(SharedMemory::open(instance.object(), 1, problem));
    if (::geteuid() == 0) {  // only root can give a file away
        constexpr uid_t nobody = 65'534;
        REQUIRE(::chown(instance.path().c_str(), nobody, static_cast<gid_t>(-1)) == 0);
        CHECK(problem_of_opening(instance.object()) == "it is not a private object of this user");
    }
}

TEST_CASE("a symbolic link or a directory in its place is not followed", "[shared_memory]") {
    const ScratchInstance target;
    const auto memory = SharedMemory::create(target.object(), 4096);
    const ScratchInstance instance;
    REQUIRE(::symlink(target.path().c_str(), instance.path().c_str()) == 0);
    CHECK_FALSE(problem_of_opening(instance.object()).empty());
    REQUIRE(::unlink(instance.path().c_str()) == 0);
    REQUIRE(::mkdir(instance.path().c_str(), 0600) == 0);
    CHECK_FALSE(problem_of_opening(instance.object()).empty());
    REQUIRE(::rmdir(instance.path().c_str()) == 0);
}

TEST_CASE("an object that is too small is refused", "[shared_memory]") {
    const ScratchInstance instance;
    const auto memory = SharedMemory::create(instance.object(), 4096);
    CHECK(problem_of_opening(instance.object(), 4097) == "it is too small");
    std::string problem;
    CHECK(SharedMemory::open(instance.object(), 4096, problem));
}

TEST_CASE("a lack of descriptors says nothing about an object", "[shared_memory]") {
    const ScratchInstance instance;
    const auto memory = SharedMemory::create(instance.object(), 4096);
    std::string problem;
    {
        const test::NoDescriptorsLeft none;
        CHECK_THROWS_AS(SharedMemory::open(instance.object(), 4096, problem), std::system_error);
    }
    CHECK(problem.empty());
    CHECK(SharedMemory::open(instance.object(), 4096, problem));
}

TEST_CASE("only memory that is given back reads as zeroes", "[shared_memory]") {
    constexpr std::size_t page = 4096;
    const ScratchInstance instance;
    const auto memory = SharedMemory::create(instance.object(), 4 * page);
    REQUIRE(memory.reserve(0, 4 * page));
    std::fill(memory.bytes().begin(), memory.bytes().end(), std::byte{7});
    memory.release_pages(page, 2 * page);
    struct stat status {};
    REQUIRE(::stat(instance.path().c_str(), &status) == 0);  // before reading, because that allocates pages again
    CHECK(status.st_blocks * 512 == 2 * page);
    CHECK(status.st_size == 4 * page);
    CHECK(reads_as(memory.bytes().first(page), std::byte{7}));
    CHECK(reads_as(memory.bytes().subspan(page, 2 * page), std::byte{0}));
    CHECK(reads_as(memory.bytes().last(page), std::byte{7}));
    REQUIRE(memory.reserve(page, page));
    CHECK(reads_as(memory.bytes().subspan(page, page), std::byte{0}));
}

TEST_CASE("memory is allocated when it is reserved, and reserving more than there is fails", "[shared_memory]") {
    const ScratchInstance instance;
    constexpr std::size_t huge = std::size_t{1} << 45U;
    const auto memory = SharedMemory::create(instance.object(), huge);
    struct stat status {};
    REQUIRE(::stat(instance.path().c_str(), &status) == 0);
    CHECK(status.st_blocks == 0);
    REQUIRE(memory.reserve(0, 8192));
    REQUIRE(::stat(instance.path().c_str(), &status) == 0);
    CHECK(status.st_blocks * 512 == 8192);
    struct statvfs room {};
    REQUIRE(::statvfs("/dev/shm", &room) == 0);
    // If /dev/shm has no size limit, the attempt would use up the machine's memory.
    if (room.f_blocks > 0 && room.f_blocks < huge / room.f_frsize) CHECK_FALSE(memory.reserve(0, huge));
}

TEST_CASE("a role has one holder, for as long as the holder lives", "[shared_memory]") {
    const ScratchInstance instance;
    std::string problem;
    auto first = std::optional(SharedMemory::create(instance.object(), 4096));
    const auto second = SharedMemory::open(instance.object(), 4096, problem);
    REQUIRE(second);
    CHECK(first->claim(0));
    CHECK(first->claim(0));
    CHECK_FALSE(second->claim(0));
    CHECK(second->claim(1));
    CHECK_FALSE(first->claim(1));
    first.reset();
    CHECK(second->claim(0));
}

TEST_CASE("setting aside keeps the latest object for inspection", "[shared_memory]") {
    const ScratchInstance instance;
    CHECK_NOTHROW(set_aside(instance.object()));  // there is none
    for (const std::size_t size : {std::size_t{4096}, std::size_t{8192}}) {
        const auto memory = SharedMemory::create(instance.object(), size);
        set_aside(instance.object());
        CHECK(problem_of_opening(instance.object()).empty());
        std::string problem;
        const auto aside = SharedMemory::open(instance.object() + ".aside", 1, problem);
        REQUIRE(aside);
        CHECK(aside->bytes().size() == size);
    }
}

TEST_CASE("moving shared memory moves the mapping", "[shared_memory]") {
    const ScratchInstance one;
    const ScratchInstance two;
    auto first = SharedMemory::create(one.object(), 4096);
    REQUIRE(first.reserve(0, 4096));
    first.bytes()[0] = std::byte{1};
    SharedMemory moved(std::move(first));
    CHECK(moved.bytes()[0] == std::byte{1});
    moved = SharedMemory::create(two.object(), 8192);
    CHECK(moved.bytes().size() == 8192);
}

TEST_CASE("shared memory that is truncated while in use reads as zeroes, and the loss is detected", "[shared_memory]") {
    const ScratchInstance instance;
    auto memory = SharedMemory::create(instance.object(), 65'536);
    REQUIRE(memory.reserve(0, 65'536));
    std::string problem;
    const auto other = SharedMemory::open(instance.object(), 4096, problem);
    REQUIRE(other);
    memory.bytes()[10] = std::byte{1};
    memory.bytes()[60'000] = std::byte{2};
    CHECK(memory.has_full_size());
    CHECK(memory.has_name());
    REQUIRE(::truncate(instance.path().c_str(), 4096) == 0);
    CHECK_FALSE(memory.is_truncated());
    CHECK_FALSE(memory.has_full_size());
    CHECK(memory.bytes()[10] == std::byte{1});  // this page is still there
    CHECK(memory.bytes()[60'000] == std::byte{0});
    CHECK(memory.is_truncated());
    CHECK_FALSE(other->is_truncated());  // it has not touched it
    CHECK(memory.bytes()[10] == std::byte{0});
    memory.bytes()[60'000] = std::byte{3};
    CHECK(memory.bytes()[60'000] == std::byte{3});
    CHECK(other->bytes()[10] == std::byte{1});
    // Reserving a page beyond the end must not hide the loss.
    CHECK(other->reserve(32'768, 4096));
    CHECK_FALSE(other->has_full_size());
    CHECK(other->bytes()[32'768] == std::byte{0});
    CHECK(other->is_truncated());
    SharedMemory::remove(instance.object());
    CHECK_FALSE(other->has_name());
}

TEST_CASE("shared memory is set aside even if the new name is taken", "[shared_memory]") {
    const ScratchInstance instance;
    const std::string aside = instance.path() + ".aside";
    set_aside(instance.object());  // there is none
    std::filesystem::create_directory(instance.path());
    std::ofstream(aside) << "an older one";
    set_aside(instance.object());
    CHECK_FALSE(std::filesystem::exists(instance.path()));
    CHECK(std::filesystem::is_directory(aside));
    std::ofstream(instance.path()) << "another";
    set_aside(instance.object());
    CHECK(std::filesystem::is_regular_file(aside));
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm"))
        if (entry.path().string().starts_with(aside + '.')) std::filesystem::remove_all(entry.path());
}

TEST_CASE("objects with a random suffix are removed together, and no others", "[shared_memory]") {
    const ScratchInstance instance;
    const std::string one = with_random_suffix(instance.object());
    const std::string two = with_random_suffix(instance.object());
    CHECK(one != two);
    CHECK(has_random_suffix(one, instance.object()));
    const std::string other = instance.object() + "-someother-server";  // as long, but not such a suffix
    CHECK(other.size() == one.size());
    for (const std::string& name : {one, two, other, instance.object() + "-0123", instance.object()})
        (void)SharedMemory::create(name, 4096);
    SharedMemory::remove_suffixed(instance.object());
    CHECK_FALSE(SharedMemory::exists(one));
    CHECK_FALSE(SharedMemory::exists(two));
    CHECK(SharedMemory::exists(instance.object()));
    CHECK(SharedMemory::exists(other));
    SharedMemory::remove(other);
    CHECK(SharedMemory::exists(instance.object() + "-0123"));
    SharedMemory::remove(instance.object() + "-0123");
}

}  // namespace shared_memory_test
