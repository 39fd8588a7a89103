// The rows of shared memory: one writer, readers that never see half of a row.
#include "shared/memory/client_table.h"

#include "tests/support/catch.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace client_table_test {

using namespace chat;

TEST_CASE("a row is replaced as a whole, and the old copy stays until then", "[client_table][R59]") {
    const auto slot = std::make_unique<Slot>();
    CHECK(valid_row(*slot).state == SlotState::unused);
    ClientRow row{};
    row.generation = 1;
    row.set_name("Batman");
    for (std::uint32_t id = 10000; id < 10005; ++id) {
        const ClientRow* before = &valid_row(*slot);
        row.client_id = id;
        replace_row(*slot, row);
        CHECK(&valid_row(*slot) != before);  // a writer killed half-way has damaged only the other copy
        CHECK(valid_row(*slot).client_id == id);
        CHECK(copy_row(*slot).client_id == id);
        CHECK(copy_row(*slot).name_view() == "Batman");
    }
}

TEST_CASE("names and peers are truncated to their space, and damaged sizes are bounded", "[client_table]") {
    ClientRow row{};
    row.set_name(std::string(40, 'n'));
    row.set_peer(std::string(70, 'p'));
    CHECK(row.name_view() == std::string(32, 'n'));
    CHECK(row.peer_view() == std::string(56, 'p'));
    row.set_name(std::string(40, 'm'));
    CHECK(row.peer_view() == std::string(56, 'p'));
    row.name_size = 33;
    row.peer_size = 255;
    CHECK(row.name_view().size() == 32);
    CHECK(row.peer_view().size() == 56);
    row.set_name("");
    CHECK(row.name_view().empty());
    DepartedRow departed{};
    departed.name_size = 200;
    CHECK(departed.name_view().size() == 32);
}

TEST_CASE("the words for leaving are those of the protocol", "[client_table][R16]") {
    CHECK(word_of(LeaveReason::quit) == "quit");
    CHECK(word_of(LeaveReason::killed) == "killed");
    CHECK(word_of(LeaveReason::lost) == "lost");
    CHECK(word_of(LeaveReason::timeout) == "timeout");
    CHECK(word_of(LeaveReason::kicked) == "kicked");
    CHECK(word_of(LeaveReason::slow) == "slow");
    CHECK(word_of(LeaveReason::shutdown) == "shutdown");
    CHECK(word_of(LeaveReason::no_memory) == "no-memory");
    CHECK(word_of(LeaveReason::none) == "lost");
    CHECK(word_of(static_cast<LeaveReason>(200)) == "lost");
}

TEST_CASE("a reader in another thread never sees half of a row", "[client_table][R59][R81]") {
    const auto slot = std::make_unique<Slot>();
    constexpr std::uint32_t versions = 2'000'000;
    std::atomic<bool> done = false;
    std::atomic<std::uint64_t> wrong = 0;
    // More readers than processors: some are interrupted in the middle of a copy while the writer continues.
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back([&] {
            std::uint32_t last = 0;
            while (!done) {
                const ClientRow row = copy_row(*slot);
                const char letter = static_cast<char>('a' + row.generation % 26);
                const bool whole =
                    row.generation == 0 ||
                    (row.client_id == row.generation && row.session == row.generation && row.cookie == row.generation &&
                     row.name[0] == letter && row.peer[max_peer_size - 1] == letter);
                if (!whole || row.generation < last) ++wrong;
                last = row.generation;
            }
        });
    ClientRow row{};
    for (std::uint32_t version = 1; version <= versions; ++version) {
        row.generation = row.client_id = version;
        row.session = row.cookie = version;
        row.name[0] = row.peer[max_peer_size - 1] = static_cast<char>('a' + version % 26);
        replace_row(*slot, row);
    }
    done = true;
    for (std::thread& reader : readers) reader.join();
    CHECK(wrong == 0);
    CHECK(copy_row(*slot).generation == versions);
}

TEST_CASE("client table: an empty name and peer are accepted", "[client_table]") {
    ClientRow row{};
    row.set_name("Batman");
    row.set_name({});
    row.set_peer(std::string_view());
    CHECK(row.name_view().empty());
    CHECK(row.peer_view().empty());
}

}  // namespace client_table_test
