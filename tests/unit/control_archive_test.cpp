// Headers of tar archives.
#include "control/archive.h"
#include "tests/support/catch.h"

#include <string>

namespace control_archive_test {

using namespace chat;

TEST_CASE("archive: a header has the fields where tar(5) says", "[control]") {
    const std::string header = archive_header({.name = "chat.db",
                                               .size = 1234,
                                               .modified = 1'700'000'000,
                                               .mode = 0640,
                                               .user = "_chat",
                                               .group = "_chat",
                                               .uid = 101,
                                               .gid = 102});
    REQUIRE(header.size() == 512);
    const auto field = [&header](std::size_t at, std::size_t size) { return std::string(header.c_str() + at, size); };
    CHECK(std::string(header.c_str()) == "chat.db");
    CHECK(field(100, 7) == "0000640");
    CHECK(field(108, 7) == "0000145");
    CHECK(field(116, 7) == "0000146");
    CHECK(field(124, 11) == "00000002322");
    CHECK(field(136, 11) == "14524770400");
    CHECK(header.substr(257, 8) == std::string("ustar\0", 6) + "00");
    CHECK(std::string(header.c_str() + 265) == "_chat");
    std::uint32_t sum = 8U * ' ';
    for (std::size_t i = 0; i < header.size(); ++i)
        if (i < 148 || i >= 156) sum += static_cast<unsigned char>(header[i]);
    CHECK(std::stoul(header.substr(148, 6), nullptr, 8) == sum);
}

TEST_CASE("archive: a size that does not fit eleven octal digits is binary", "[control]") {
    CHECK(archive_header({.name = "a", .size = 077'777'777'777}).substr(124, 12) == std::string("77777777777\0", 12));
    const std::string header = archive_header({.name = "a", .size = 077'777'777'777 + 1});
    CHECK(header.substr(124, 12) == std::string("\x80\0\0\0\0\0\0\2\0\0\0\0", 12));
}

}  // namespace control_archive_test
