// Lines that end the acceptor: which deaths count, and when a line is skipped.
#include "chat-acceptor/clients/line_attempt.h"

#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

namespace line_attempt_test {

using namespace chat;

namespace {

struct Scene {
    // A process that dies while it processes the next line.
    void die_in_line() { (void)LineAttempt(slot); }
    // One that answers the line, or leaves it waiting.
    void answer(std::uint64_t next) {
        LineAttempt attempt(slot);
        slot.parsed.store(next << 1U);
        attempt.end(true);
    }
    void leave_waiting() { LineAttempt(slot).end(false); }
    [[nodiscard]] bool is_deadly() {
        LineAttempt attempt(slot);
        attempt.end(false);
        return attempt.is_deadly();
    }

    test::ScratchSegment scratch;
    Slot& slot = scratch.segment.slots()[1];
};

}  // namespace

TEST_CASE("a line is skipped after three deaths", "[lines]") {
    Scene scene;
    for (const std::uint64_t position : {std::uint64_t{0}, std::uint64_t{17}, std::uint64_t{1} << 60U}) {
        scene.slot.parsed.store(position << 1U);
        for (unsigned deaths = 0; deaths < LineAttempt::most_deaths; ++deaths) {
            CHECK(!scene.is_deadly());
            scene.die_in_line();
        }
        CHECK(scene.is_deadly());
        scene.die_in_line();  // while it was being skipped
        CHECK(scene.is_deadly());
        scene.answer(position + 10);
        CHECK(!scene.is_deadly());
    }
}

TEST_CASE("a process that dies between lines counts nothing", "[lines]") {
    Scene scene;
    scene.slot.parsed.store(40U << 1U);
    scene.leave_waiting();
    for (int deaths = 0; deaths < 10; ++deaths) CHECK(!scene.is_deadly());
}

TEST_CASE("deaths in different lines are not added", "[lines]") {
    Scene scene;
    for (std::uint64_t position = 0; position < 10; ++position) {
        scene.slot.parsed.store(position << 1U);
        scene.die_in_line();
        scene.die_in_line();
        CHECK(!scene.is_deadly());
        scene.answer(position + 1);
    }
}

TEST_CASE("a death after the record's commit is not counted against the next line", "[lines]") {
    Scene scene;
    for (std::uint64_t position = 0; position < 10; ++position) {
        scene.die_in_line();
        scene.slot.parsed.store((position + 1) << 1U);  // by redo
        CHECK(!scene.is_deadly());
    }
}

TEST_CASE("the next part of a list starts without the deaths of the one before", "[lines]") {
    Scene scene;
    for (int part = 0; part < 10; ++part) {
        scene.die_in_line();
        scene.die_in_line();
        LineAttempt attempt(scene.slot);
        CHECK(!attempt.is_deadly());
        attempt.end(true);  // and `parsed` stays
    }
}

TEST_CASE("deaths before and after a question about one line are added", "[lines]") {
    Scene scene;
    scene.die_in_line();
    scene.leave_waiting();
    scene.die_in_line();
    scene.leave_waiting();
    CHECK(!scene.is_deadly());
    scene.die_in_line();
    CHECK(scene.is_deadly());
}

}  // namespace line_attempt_test
