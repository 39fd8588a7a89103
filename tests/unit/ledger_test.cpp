// The ledger of an outbox: how much it holds, where its entries lie, and when one may be overwritten.
#include "shared/memory/ledger.h"

#include "tests/support/catch.h"

#include <vector>

namespace ledger_test {

using namespace chat;

TEST_CASE("a row of outboxes is whole pages, and its ring begins after the first entries of a page", "[ledger]") {
    for (const std::uint64_t outbox : {4096U, 8192U, 12'288U, 65'536U, 1U << 20U, 1U << 30U}) {
        INFO(outbox);
        CHECK(outbox_row_size(outbox) % segment_page == 0);
        CHECK(ledger_capacity(outbox) * sizeof(LedgerEntry) % segment_page == first_ledger_bytes);
        CHECK(ledger_capacity(outbox) >= outbox / 64 + first_ledger_entries);
        CHECK(outbox_row_size(outbox) <= outbox + outbox / 2 + 2 * segment_page);
    }
}

TEST_CASE("memory of an outbox is counted in the pages that its ring and its ledger share", "[ledger]") {
    const auto pages = [](std::size_t bytes, std::size_t entries) {
        const OutboxMemory memory = OutboxMemory{bytes, entries}.in_whole_pages();
        CHECK(memory.covers({bytes, entries}));
        CHECK_FALSE(memory.covers({memory.bytes + 1, entries}));
        CHECK_FALSE(memory.covers({bytes, memory.entries + 1}));
        return (memory.bytes + memory.entries * sizeof(LedgerEntry)) / segment_page;
    };
    CHECK(pages(0, 0) == 1);
    CHECK(pages(1, 0) == 1);
    CHECK(pages(3072, 32) == 1);
    CHECK(pages(3073, 32) == 2);
    CHECK(pages(3072, 33) == 2);
    CHECK(pages(3072 + 4096, 32 + 128) == 3);
    CHECK(pages(3072 + 4097, 32 + 129) == 5);
}

TEST_CASE("entries lie from the ring towards lower addresses, and reuse the first places", "[ledger]") {
    std::vector<LedgerEntry> memory(5);
    const Ledger ledger(memory);
    for (std::uint64_t index = 0; index < 5; ++index) CHECK(&ledger.at(index) == &memory[4 - index]);
    CHECK(&ledger.at(5) == &memory[4]);
    CHECK(&ledger.at(12) == &memory[2]);
}

TEST_CASE("an entry may be overwritten once its line has begun to leave", "[ledger]") {
    std::vector<LedgerEntry> memory(3);
    const Ledger ledger(memory);
    for (std::uint64_t index = 0; index < 3; ++index) {
        CHECK(ledger.has_room(index, 0));
        ledger.at(index) = {100 * index, index, 1, LedgerKind::direct, {}};
    }
    CHECK_FALSE(ledger.has_room(3, 0));
    CHECK(ledger.has_room(3, 1));
    CHECK_FALSE(ledger.has_room(4, 100));
    CHECK(ledger.has_room(4, 101));
    // Entry 3 in the place of entry 0, and a crash before its commit.
    ledger.at(3) = {300, 3, 1, LedgerKind::direct, {}};
    CHECK(ledger.has_room(3, 1));
    CHECK_FALSE(ledger.has_room(4, 1));
}

}  // namespace ledger_test
