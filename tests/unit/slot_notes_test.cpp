// Notes of delivery: read by the other process, and kept across upgrades, so that each has the number written here.
#include "shared/memory/slot_notes.h"

#include "shared/memory/file_table.h"
#include "tests/support/catch.h"

#include <memory>

namespace slot_notes_test {

using namespace chat;

namespace {

const SlotId client{3, 7};
const SlotId earlier{3, 6};

}  // namespace

TEST_CASE("a note is read only for the client that it names", "[slot_notes]") {
    const auto slot = std::make_unique<Slot>();
    CHECK_FALSE(given_up(*slot, client));
    CHECK_FALSE(has_ended(*slot, client));
    note_given_up(*slot, client, LeaveReason::slow);
    note_ended(*slot, client, Ending::clean);
    CHECK(given_up(*slot, client) == LeaveReason::slow);
    CHECK(has_ended(*slot, client));
    CHECK(has_ended_cleanly(*slot, client));
    CHECK_FALSE(given_up(*slot, earlier));
    CHECK_FALSE(has_ended(*slot, earlier));
    CHECK_FALSE(has_ended_cleanly(*slot, earlier));
}

TEST_CASE("records are skipped from the one at which a client was given up", "[slot_notes]") {
    const auto slot = std::make_unique<Slot>();
    slot->gave_up_at = 41;
    CHECK_FALSE(was_left_out(*slot, client, 41));
    note_given_up(*slot, client, LeaveReason::lost);
    CHECK_FALSE(was_left_out(*slot, client, 40));
    CHECK(was_left_out(*slot, client, 41));
    CHECK(was_left_out(*slot, client, 42));
    CHECK_FALSE(was_left_out(*slot, earlier, 42));
}

TEST_CASE("an unknown ending counts as one with something unsent", "[slot_notes]") {
    const auto slot = std::make_unique<Slot>();
    for (const std::uint8_t says : {std::uint8_t{0}, std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{255}}) {
        slot->ended = note_about(client.generation, says);
        CHECK(has_ended(*slot, client));
        CHECK_FALSE(has_ended_cleanly(*slot, client));
    }
}

TEST_CASE("notes have the numbers that an earlier release wrote", "[slot_notes][layout]") {
    const auto slot = std::make_unique<Slot>();
    note_given_up(*slot, client, LeaveReason::slow);
    CHECK(slot->gave_up_why == 0x706);
    note_ended(*slot, client, Ending::clean);
    CHECK(slot->ended == 0x701);
    note_ended(*slot, client, Ending::something_unsent);
    CHECK(slot->ended == 0x702);
    TransferWords words{};
    note_outcome(words, 0x123456789a, TransferOutcome::received);
    CHECK(words.outcome == 0x123456789a03);
    CHECK(outcome_of(words, 0x123456789a) == TransferOutcome::received);
    CHECK(outcome_of(words, 0x123456789b) == TransferOutcome::none);
    words.outcome = note_about(5, 200);
    CHECK(outcome_of(words, 5) == TransferOutcome::none);
}

}  // namespace slot_notes_test
