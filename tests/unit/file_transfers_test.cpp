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

struct Scene {
    Scene() { transfers.start(std::rethrow_exception); }

    // A connection on which 100 bytes of this file are expected.
    void begin_upload(test::TcpPair& connection, std::uint64_t file, std::uint32_t row) {
        std::string text;
        Record record = records::UploadOffered{.size = 100, .info = {.row = row, .name = "notes.txt"}}.record(text);
        record.sequence = file;
        files.apply(record);
        transfers.add(true, row, file, 0, std::move(connection.server));
        const std::string go = "go offset=0\n";
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
    test::TcpPair first;
    const UniqueFd held_elsewhere = first.server_copy();
    scene.begin_upload(first, 1, 0);
    scene.transfers.end_file(1);
    CHECK(test::receive_to_end(first.peer.get()) == "");
    // The thread has polled its sockets since. Only a sanitizer would see it touch freed memory.
    test::TcpPair second;
    scene.begin_upload(second, 2, 1);
}

}  // namespace file_transfers_test
