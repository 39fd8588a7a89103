// Where received files are stored: hostile names, taken names, links, and what people see of a transfer.
#include "client/files/download_directory.h"
#include "client/files/progress.h"
#include "client/talk/wording.h"
#include "shared/text/file_name.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace client_files_test {

using namespace chat;
using namespace std::string_view_literals;

namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

DownloadDirectory::Part part_with(const DownloadDirectory& directory, std::uint64_t number, std::string_view content) {
    auto part = directory.create_part(number);
    REQUIRE(::write(part.fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    return part;
}

}  // namespace

TEST_CASE("names of files: which may be sent", "[files][R77]") {
    for (const auto name : {"a"sv, "-x"sv, "holiday photo.jpg"sv, "a.b.c"sv, "ä"sv}) CHECK(is_file_name(name));
    CHECK(is_file_name(std::string(255, 'x')));
    for (const auto name : {""sv, "."sv, ".."sv, ".x"sv, "a/b"sv, "/etc/passwd"sv, "../x"sv, "tab\there"sv,
                            "line\nend"sv, "nul\0here"sv, "\u202egpj.exe"sv, "\xff"sv})
        CHECK_FALSE(is_file_name(name));
    CHECK_FALSE(is_file_name(std::string(256, 'x')));
}

TEST_CASE("names of files: how a receiver changes them", "[files][R77]") {
    CHECK(safe_file_name("holiday photo.jpg") == "holiday photo.jpg");
    CHECK(safe_file_name("../../x") == "x");
    CHECK(safe_file_name("/etc/passwd") == "passwd");
    CHECK(safe_file_name(".bashrc") == "_bashrc");
    CHECK(safe_file_name("..") == "_.");
    CHECK(safe_file_name("-rf") == "_rf");
    for (const auto name : {""sv, "/"sv, "a/"sv}) CHECK(safe_file_name(name) == "file");
    CHECK(safe_file_name("tab\there") == "tab here");
    for (const auto name : {"nul\0here"sv, "\u202egpj.exe"sv, "\xff\xfe"sv, "a\nb"sv, "\x1b[2J"sv})
        CHECK(is_file_name(safe_file_name(name)));
    CHECK(safe_file_name(std::string(300, 'x')).size() == 255);
    const std::string long_name = safe_file_name("x" + std::string(200, 'x') + "ääääääääääääääääääääääääääääääääääää");
    CHECK(is_file_name(long_name));
}

TEST_CASE("names of files: numbered ones keep their ending and fit", "[files]") {
    CHECK(numbered_file_name("name.txt", 1) == "name (1).txt");
    CHECK(numbered_file_name("name", 12) == "name (12)");
    CHECK(numbered_file_name("a.tar.gz", 2) == "a.tar (2).gz");
    const std::string longest = std::string(251, 'x') + ".txt";
    CHECK(numbered_file_name(longest, 7).size() == 255);
    CHECK(numbered_file_name(longest, 7).ends_with("x (7).txt"));
    CHECK(is_file_name(
        numbered_file_name(std::string(127, 'x') + std::string(64, 'x') + "ääääääääääääääääääääääääääääääää", 10)));
}

TEST_CASE("downloads: nothing is overwritten, no link is followed, nothing can be executed", "[files][R78]") {
    const test::TemporaryDirectory scratch;
    const std::string outside = scratch.file("outside");
    std::ofstream(outside) << "precious";
    const DownloadDirectory directory(scratch.file("deep/downloads"));
    const std::string inside = scratch.file("deep/downloads");
    std::filesystem::create_symlink(outside, inside + "/link.txt");
    std::filesystem::create_symlink(inside + "/nowhere", inside + "/dangling.txt");

    CHECK(directory.keep(part_with(directory, 1, "one"), "name.txt") == inside + "/name.txt");
    CHECK(directory.keep(part_with(directory, 2, "two"), "name.txt") == inside + "/name (1).txt");
    CHECK(content_of(inside + "/name.txt") == "one");
    CHECK(content_of(inside + "/name (1).txt") == "two");
    CHECK(directory.keep(part_with(directory, 3, "three"), "link.txt") == inside + "/link (1).txt");
    CHECK(directory.keep(part_with(directory, 4, "four"), "dangling.txt") == inside + "/dangling (1).txt");
    CHECK(content_of(outside) == "precious");
    struct stat status {};
    REQUIRE(::stat((inside + "/name.txt").c_str(), &status) == 0);
    CHECK((status.st_mode & 0111U) == 0);

    const auto first = directory.create_part(9);
    const auto second = directory.create_part(9);
    CHECK(first.name != second.name);
    directory.discard(first);
    directory.discard(second);
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(inside)) ++entries;
    CHECK(entries == 6);
}

TEST_CASE("progress: a bar, a rate and the time left", "[files]") {
    using std::chrono::seconds;
    const Progress::Clock::time_point start{seconds(100)};
    Progress progress(10'000'000);
    progress.update(0, start);
    CHECK(progress.bar() == "[....................] 0 %");
    progress.update(2'400'000, start + seconds(2));
    CHECK(progress.bar() == "[####................] 24 %, 1.2 MB/s, 7 s left");
    progress.update(10'000'000, start + seconds(4));
    CHECK(progress.bar() == "[####################] 100 %, 2.5 MB/s, 0 s left");
    CHECK(progress.average() == "2.5 MB/s");
    Progress resumed(100);
    resumed.update(50, start);
    resumed.update(20, start + seconds(1));
    CHECK(resumed.bar() == "[####................] 20 %");
    CHECK(Progress(0).bar() == "[####################] 100 %");
    CHECK(in_bytes(1) == "1 byte");
    CHECK(in_bytes(999) == "999 bytes");
    CHECK(in_bytes(1500) == "1.5 kB");
    CHECK(in_bytes(999'960) == "1.0 MB");
}

}  // namespace client_files_test
