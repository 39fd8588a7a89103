// One upload step by step: what it hashes, and when it stops.
#include "chat-delivery/files/transfer.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

#include <fstream>
#include <memory>
#include <string>

namespace upload_test {

using namespace chat;
using Step = Transfer::Step;

namespace {

constexpr std::uint64_t file = 7;
constexpr std::uint64_t mib = 1024 * 1024;

struct Scene {
    // The upload of a file of which the spool has a MiB already.
    std::unique_ptr<Upload> resume() {
        std::filesystem::create_directories(directory.file("files"));
        std::ofstream(directory.file("files/7"), std::ios::binary) << std::string(mib, 'x');
        note_begun(words, file, 1);
        return std::make_unique<Upload>(Transfer::Subject{file, 0, 2 * mib, {}, &words}, std::move(tcp.server), place,
                                        mib);
    }

    test::TemporaryDirectory directory;
    Spool spool{directory.path()};
    BrokenUploads broken;
    UploadPlace place{&spool, &broken, [](const Transfer::Subject&) { return true; },
                      [](const Transfer::Subject&) { return false; }};
    TransferWords words{};
    test::TcpPair tcp;
};

}  // namespace

TEST_CASE("upload: what an earlier process received is hashed in small steps", "[upload][R77]") {
    Scene scene;
    const auto upload = scene.resume();
    int steps = 0;
    while (upload->step() == Step::again) ++steps;
    CHECK(steps >= 16);
    CHECK(test::receive(scene.tcp.peer.get(), 18) == "go offset=1048576\n");
}

TEST_CASE("upload: hashing stops when its sender is gone, and goes on where it was", "[upload][R77]") {
    Scene scene;
    auto upload = scene.resume();
    for (int i = 0; i < 3; ++i) REQUIRE(upload->step() == Step::again);
    scene.tcp.peer.reset();
    CHECK(test::eventually([&] { return upload->step() == Step::over; }));
    upload.reset();
    const Hashed hashed = scene.broken.take(file);
    CHECK(hashed.bytes > 0);
    CHECK(hashed.bytes % (64 * 1024) == 0);
    CHECK(scene.broken.size() == 0);
}

TEST_CASE("upload: its time is a minute and its size at the least rate, from the first byte on", "[upload]") {
    TransferWords words{};
    constexpr Microseconds second = 1'000'000;
    CHECK_FALSE(has_run_out(words, file, mib, 16, 1'000'000 * second));
    note_begun(words, file, 100 * second);
    CHECK(has_begun(words, file));
    CHECK_FALSE(has_begun(words, file + 1));
    CHECK_FALSE(has_run_out(words, file, mib, 16, (100 + 60 + 64) * second - 1));
    CHECK(has_run_out(words, file, mib, 16, (100 + 60 + 64) * second));
    CHECK(has_run_out(words, file, 10, 16, 160 * second));
    CHECK_FALSE(has_run_out(words, file + 1, mib, 16, 1'000'000 * second));
    CHECK_FALSE(has_run_out(words, file, mib, 0, 1'000'000 * second));
}

}  // namespace upload_test
