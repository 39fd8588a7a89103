// Rooms: they follow from records and rows alone, the heap state can be rebuilt at any time, and inconsistent rows are
// refused.
#include "chat-acceptor/state/rooms.h"

#include "shared/records/room.h"
#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <random>
#include <string>
#include <vector>

namespace rooms_test {

using namespace chat;
using test::Publishing;
using test::ScratchSegment;

namespace {

constexpr SlotId one{0, 1};
constexpr SlotId two{1, 1};
constexpr SlotId three{2, 1};

Record change(const Publishing& acceptor, RecordKind kind, SlotId client, std::string_view room) {
    return acceptor.about(client, kind == RecordKind::joined ? records::Joined{.room = room}.record()
                                                             : records::Left{.room = room}.record());
}

// All rooms and their members; the order of members is irrelevant.
std::string picture(const Rooms& rooms) {
    std::string text;
    std::size_t count = 0;
    for (auto next = rooms.next({}); next; next = rooms.next(rooms.name(*next)), ++count) {
        const Room room = *next;
        text += std::string(rooms.name(room)) + ':';
        std::vector<std::uint32_t> slots;
        for (const SlotId member : rooms.members(room)) {
            slots.push_back(member.slot);
            CHECK(rooms.is_member(member, room));
        }
        std::sort(slots.begin(), slots.end());
        for (const std::uint32_t slot : slots) text += ' ' + std::to_string(slot);
        text += '\n';
    }
    CHECK(rooms.count() == count);
    return text;
}

SegmentSizes with_places(std::uint32_t rooms, std::uint32_t memberships) {
    SegmentSizes sizes = test::small_sizes;
    sizes.rooms = rooms;
    sizes.memberships = memberships;
    return sizes;
}

}  // namespace

TEST_CASE("rooms: a new client is in the lobby and where its record says", "[rooms][R26]") {
    const ScratchSegment scratch(with_places(4, 4));
    Publishing acceptor(scratch.segment);
    acceptor.connect(one, 11111, "amberjack0");
    acceptor.publisher.publish(acceptor.newcomer(two, 22222, "bluewhale1", "News help"));
    CHECK(picture(acceptor.tables.rooms) == "lobby: 0 1\nhelp: 1\nNews: 1\n");
    CHECK(acceptor.sessions.row(1).peer_view() == "127.0.0.1:50312");
    CHECK(picture(Rooms(scratch.segment)) == picture(acceptor.tables.rooms));
}

TEST_CASE("rooms: entering and leaving", "[rooms][R27][R28][R29][R30]") {
    const ScratchSegment scratch;
    Publishing acceptor(scratch.segment);
    const Rooms& rooms = acceptor.tables.rooms;
    for (const SlotId client : {one, two, three})
        acceptor.connect(client, 11111 + client.slot, "name" + std::to_string(client.slot));
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, two, "Cave"));
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, one, "cAVE"));
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, one, "cave"));
    CHECK(picture(rooms) == "lobby: 0 1 2\nCave: 0 1\n");
    CHECK(rooms.find("CAVE") == rooms.find("cave"));
    CHECK_FALSE(rooms.find("tower"));
    acceptor.publisher.publish(change(acceptor, RecordKind::left, one, "lobby"));
    acceptor.publisher.publish(change(acceptor, RecordKind::left, one, "nowhere"));
    CHECK(picture(rooms) == "lobby: 1 2\nCave: 0 1\n");
    CHECK_FALSE(rooms.is_member(one, lobby));
    acceptor.publisher.publish(change(acceptor, RecordKind::left, two, "cave"));
    acceptor.publisher.publish(acceptor.departure(one, LeaveReason::quit));
    CHECK(picture(rooms) == "lobby: 1 2\n");
    CHECK_FALSE(rooms.is_member(one, lobby));
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, three, "CAVE"));
    CHECK(picture(rooms) == "lobby: 1 2\nCAVE: 2\n");
    CHECK(picture(Rooms(scratch.segment)) == picture(rooms));
}

TEST_CASE("rooms: there are bounds, and a way back to the lobby", "[rooms][R27]") {
    const ScratchSegment scratch(with_places(3, 3));
    Publishing acceptor(scratch.segment);
    const Rooms& rooms = acceptor.tables.rooms;
    acceptor.connect(one, 11111, "amberjack0");
    acceptor.connect(two, 22222, "bluewhale1");
    CHECK(rooms.capacity() == 3);
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, one, "a"));
    CHECK(rooms.has_place_for_another(one));
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, one, "b"));
    CHECK_FALSE(rooms.has_place_for_another(one));
    CHECK(rooms.count() == rooms.capacity());
    acceptor.publisher.publish(change(acceptor, RecordKind::left, one, "lobby"));
    CHECK_FALSE(rooms.has_place_for_another(one));
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, one, "c"));  // no command asks for that
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, two, "c"));
    CHECK(picture(rooms) == "lobby: 1\na: 0\nb: 0\n");
    acceptor.publisher.publish(change(acceptor, RecordKind::joined, one, "lobby"));
    CHECK(picture(rooms) == "lobby: 0 1\na: 0\nb: 0\n");
}

TEST_CASE("rooms: any history, applied again or taken up by a successor at any point", "[rooms][N01]") {
    constexpr int histories = 20;
    constexpr int steps = 60;
    for (int history = 0; history < histories; ++history) {
        std::mt19937 random(static_cast<unsigned>(history));
        const auto below = [&random](unsigned limit) { return static_cast<std::uint32_t>(random() % limit); };
        const ScratchSegment scratch(with_places(4, 3));
        Publishing live(scratch.segment);
        std::vector<SlotId> clients(4);
        for (std::uint32_t slot = 0; slot < clients.size(); ++slot) clients[slot] = {slot, 0};
        const std::vector<std::string> names = {"lobby", "a", "B", "b", "c"};
        for (int step = 0; step < steps; ++step) {
            SlotId& client = clients[below(4)];
            const bool here = live.sessions.row(client.slot).state == SlotState::connected;
            Record record;
            std::string name;
            if (!here) {
                ++client.generation;
                name = "name" + std::to_string(client.slot);
                record = live.newcomer(client, 11111 + client.slot, name, below(2) == 0 ? "a b" : "");
            } else if (below(8) == 0) {
                record = live.departure(client, LeaveReason::quit);
            } else {
                record = change(live, below(2) == 0 ? RecordKind::joined : RecordKind::left, client, names[below(5)]);
            }
            // The effects of the last record may be partly there, or not at all.
            const Position before = scratch.segment.words().checkpoint;
            live.publisher.publish(record);
            scratch.segment.words().head = scratch.segment.words().logged = scratch.segment.words().sessions_logged =
                scratch.segment.words().tail.load();
            INFO("history " << history << ", step " << step);
            Publishing successor(scratch.segment);
            scratch.segment.words().checkpoint = before;
            successor.publisher.redo([](const Record&, Position, Position) {});
            REQUIRE(picture(successor.tables.rooms) == picture(live.tables.rooms));
        }
    }
}

TEST_CASE("rooms: inconsistent rows are refused", "[rooms][D02]") {
    const auto damaged = [](auto&& damage) {
        const ScratchSegment scratch;
        Publishing acceptor(scratch.segment);
        acceptor.connect(one, 11111, "amberjack0");
        acceptor.connect(two, 22222, "bluewhale1");
        acceptor.publisher.publish(change(acceptor, RecordKind::joined, one, "cave"));
        damage(scratch.segment);
        CHECK_THROWS_AS(Rooms(scratch.segment), DamagedSegment);
    };
    damaged([](const Segment& segment) { segment.memberships(0)[1] = 5; });           // no such room
    damaged([](const Segment& segment) { segment.memberships(0)[2] = 2; });           // twice in one room
    damaged([](const Segment& segment) { segment.memberships(0)[1] = 1; });           // in the wrong place
    damaged([](const Segment& segment) { segment.memberships(0)[0] = 2; });           // in the lobby's place
    damaged([](const Segment& segment) { segment.rooms()[1].set_name("no name"); });  // not a name
    damaged([](const Segment& segment) { segment.rooms()[1].set_name("LOBBY"); });    // the name of another room
    damaged([](const Segment& segment) {
        segment.rooms()[2].set_name("Cave");
        segment.memberships(1)[1] = 3;
    });
}

}  // namespace rooms_test
