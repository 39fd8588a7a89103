// The thread that serves data connections, over real sockets.
#include "chat-delivery/files/file_transfers.h"

#include "chat-acceptor/state/files.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"
#include "tests/unit/tcp_pair.h"

#include <string>

namespace file_transfers_test {

using namespace chat;

namespace {

constexpr SegmentSizes sizes_with_files = [] {
    SegmentSizes sizes = test::small_sizes;
    sizes.transfers = 4;
    return sizes;
}();

const std::string go = "go offset=0\n";

struct Scene {
    void start() { transfers.start(std::rethrow_exception); }

    // A connection on which so many bytes of this file are expected.
    void add_upload(test::TcpPair& connection, std::uint64_t file, std::uint32_t row, std::uint64_t size = 100) {
        std::string text;
        Record record = records::UploadOffered{.size = size, .info = {.row = row, .name = "notes.txt"}}.record(text);
        record.sequence = file;
        files.apply(record);
        transfers.add(true, row, file, 0, std::move(connection.server));
    }
    void begin_upload(test::TcpPair& connection, std::uint64_t file, std::uint32_t row) {
        add_upload(connection, file, row);
        CHECK(test::receive(connection.peer.get(), go.size()) == go);
    }

    test::TemporaryDirectory directory;
    test::ScratchSegment scratch{sizes_with_files};
    Files files{scratch.segment};
    FileTransfers transfers{scratch.segment, directory.path(), [] {}};
};

}  // namespace

TEST_CASE("file transfers: events on a connection that has ended are ignored", "[file_transfers][R76][R33]") {
    Scene scene;
    scene.start();
    test::TcpPair first;
    const UniqueFd held_elsewhere = first.server_copy();
    scene.begin_upload(first, 1, 0);
    scene.transfers.end_file(1);
    CHECK(test::receive_to_end(first.peer.get()) == "");
    // The thread has polled its sockets since. Only a sanitizer would see it touch freed memory.
    test::TcpPair second;
    scene.begin_upload(second, 2, 1);
}

TEST_CASE("file transfers: one may end in the round in which another looks for space", "[file_transfers][R76]") {
    Scene scene;
    test::TcpPair ending;
    test::TcpPair waiting;
    test::TcpPair too_large;
    constexpr std::uint64_t more_than_any_disk = std::uint64_t{1} << 60U;
    scene.add_upload(ending, 1, 0);
    scene.add_upload(waiting, 2, 1);
    scene.add_upload(too_large, 3, 2, more_than_any_disk);
    // Its first step is its last: the upload is over, and nobody is there to read that.
    note_outcome(scene.scratch.segment.files()[0].words, 1, TransferOutcome::bad_hash);
    ending.peer.reset();
    scene.start();
    CHECK(test::receive_to_end(too_large.peer.get()).value_or("").find("no-space") != std::string::npos);
    CHECK(test::receive(waiting.peer.get(), go.size()) == go);
}

}  // namespace file_transfers_test
