// Operators, topics and modes of rooms: they follow from the records, and a successor can take over at any point.
#include "chat-acceptor/acts/room_rights.h"

#include "shared/records/room.h"
#include "shared/records/room_rights.h"
#include "shared/text/mask.h"
#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <random>
#include <string>
#include <vector>

namespace room_rights_test {

using namespace chat;
using test::Publishing;
using test::ScratchSegment;

namespace {

constexpr SlotId one{0, 1};
constexpr SlotId two{1, 1};
constexpr SlotId three{2, 1};

SegmentSizes with_places(std::uint32_t rooms, std::uint32_t memberships) {
    SegmentSizes sizes = test::small_sizes;
    sizes.rooms = rooms;
    sizes.memberships = memberships;
    return sizes;
}

// All rooms with what is set in them, their members in the order of slots with their standing, and who lacks operators.
std::string picture(const Tables& tables) {
    const Rooms& rooms = tables.rooms;
    std::string text;
    for (auto next = rooms.next({}); next; next = rooms.next(rooms.name(*next))) {
        const RoomState state = tables.room_states.of(*next);
        text.append(rooms.name(*next)).append(letters_of(state)).append(" '").append(state.topic_view());
        text.append("' by ").append(state.topic_by.view());
        const RoomLists& lists = tables.room_states.lists();
        for (const char list : {'b', 'e', 'I'})
            for (const RoomEntry* entry : lists.entries(*next, list)) {
                text.append(" ") += list;
                text.append("=").append(entry->mask.view());
            }
        for (std::uint32_t slot = 0; slot < 4; ++slot)
            for (std::uint32_t generation = 1; generation < 100; ++generation)
                if (lists.is_invited(*next, {slot, generation})) text += " i=" + std::to_string(slot);
        text += tables.room_states.restricts_writing(*next) ? " restricted:" : ":";
        for (std::uint32_t slot = 0; slot < 4; ++slot)
            for (const SlotId member : rooms.members(*next))
                if (member.slot == slot) {
                    const RoomStanding standing = rooms.standing(member, *next);
                    text += ' ' + std::to_string(slot) + (standing.is_operator ? "@" : "") +
                            (standing.has_voice ? "+" : "");
                }
        text += '\n';
    }
    if (const auto room = rooms.find_without_operator()) text.append("without: ").append(rooms.name(*room));
    return text;
}

struct Scene {
    Scene() : scratch(with_places(4, 4)), acceptor(scratch.segment) {
        for (const SlotId client : {one, two, three})
            acceptor.connect(client, 11111 + client.slot, "name" + std::to_string(client.slot));
    }

    // In the queue.
    void make_room() {
        QueueWords& words = scratch.segment.words();
        words.head = words.logged = words.sessions_logged = words.tail.load();
        CHECK(acceptor.publisher.has_room());
    }
    void join(SlotId client, std::string_view room) {
        acceptor.publisher.publish(acceptor.about(client, records::Joined{.room = room}.record()));
    }
    void leave(SlotId client, std::string_view room) {
        acceptor.publisher.publish(acceptor.about(client, records::Left{.room = room}.record()));
    }
    void change(SlotId actor, std::string_view room, const ModeChange& change) {
        std::string rows;
        append_mode_change(rows, change);
        acceptor.publisher.publish(acceptor.about(actor, records::ModesChanged{.room = room, .rows = rows}.record()));
    }

    ScratchSegment scratch;
    Publishing acceptor;
};

}  // namespace

TEST_CASE("room rights: whoever opens a room is its operator, but not in the lobby", "[rights]") {
    Scene scene;
    scene.join(one, "Cave");
    scene.join(two, "cave");
    CHECK(picture(scene.acceptor.tables) == "lobby+nt '' by : 0 1 2\nCave+nt '' by : 0@ 1\n");
    scene.leave(one, "lobby");
    scene.join(one, "lobby");
    CHECK_FALSE(scene.acceptor.tables.rooms.standing(one, lobby).is_operator);
    scene.acceptor.publisher.publish(scene.acceptor.departure(one, LeaveReason::quit));
    CHECK(picture(scene.acceptor.tables).ends_with("without: Cave"));
}

TEST_CASE("room rights: a room that newcomers join automatically may lack operators", "[rights]") {
    Scene scene;
    scene.acceptor.publisher.publish(scene.acceptor.newcomer({3, 1}, 44444, "dolphin3", "News"));
    CHECK_FALSE(scene.acceptor.tables.rooms.find_without_operator());
    CHECK_FALSE(Rooms(scene.scratch.segment).find_without_operator());
    CHECK(picture(scene.acceptor.tables) == "lobby+nt '' by : 0 1 2 3\nNews+nt '' by : 3\n");
}

TEST_CASE("room rights: the last operator can give up being one", "[rights]") {
    Scene scene;
    scene.join(one, "cave");
    scene.join(two, "cave");
    scene.change(one, "cave", {'o', false, one, 11111, "name0"});
    CHECK_FALSE(scene.acceptor.tables.rooms.find_without_operator());
    CHECK_FALSE(Rooms(scene.scratch.segment).find_without_operator());
    scene.change(one, "cave", {'o', true, two, 11112, "name1"});
    scene.leave(two, "cave");
    CHECK(scene.acceptor.tables.rooms.find_without_operator());
    CHECK(Rooms(scene.scratch.segment).find_without_operator());
}

TEST_CASE("room rights: rooms of an earlier version, whose members have no standing, get an operator", "[rights]") {
    Scene scene;
    scene.join(two, "cave");
    scene.join(one, "cave");
    for (const std::uint32_t slot : {0U, 1U})
        for (Membership& membership : scene.scratch.segment.memberships(slot)) membership &= ~standing_bit::both;
    for (RoomStateSlot& slot : scene.scratch.segment.room_states()) replace_row(slot, {});
    Publishing successor(scene.scratch.segment);
    const auto room = successor.tables.rooms.find_without_operator();
    REQUIRE(room);
    const Config config;
    const ActContext context{&successor.tables, &config};
    const Draft draft = appoint_operator(context, *room);
    auto changed = records::ModesChanged::of(draft.record());
    CHECK(take_mode_change(changed.rows) == ModeChange{'o', true, two, 11112, "name1"});
    CHECK(draft.record().receivers.empty());
    successor.publisher.publish(draft.record());
    CHECK(appoint_operator(context, *room).record().receivers.size() == 2);
    CHECK_FALSE(successor.tables.rooms.find_without_operator());
    CHECK(successor.tables.rooms.standing(two, *room).is_operator);
}

TEST_CASE("room rights: what is set in a room ends with it", "[rights]") {
    Scene scene;
    scene.join(one, "cave");
    scene.acceptor.publisher.publish(
        scene.acceptor.about(one, records::Topic{.room = "cave", .text = "What now?"}.record()));
    scene.change(one, "cave", {.letter = 't', .adds = false});
    CHECK(picture(scene.acceptor.tables).ends_with("cave+n 'What now?' by name0: 0@\n"));
    scene.leave(one, "cave");
    scene.join(one, "attic");
    CHECK(picture(scene.acceptor.tables).ends_with("attic+nt '' by : 0@\n"));
    CHECK(scene.acceptor.tables.room_states.of(*scene.acceptor.tables.rooms.find("attic")).opened_at != 0);
}

TEST_CASE("room rights: entries of a room's lists end with the room, and their places are used again", "[rights]") {
    Scene scene;
    const RoomLists& lists = scene.acceptor.tables.room_states.lists();
    for (int opening = 0; opening < 3; ++opening) {
        scene.join(one, "cave");
        const Room cave = *scene.acceptor.tables.rooms.find("cave");
        CHECK(lists.mask_count(cave) == 0);
        CHECK_FALSE(scene.acceptor.tables.room_states.restricts_writing(cave));
        for (std::size_t number = 0; lists.has_places(1, scene.acceptor.tables.rooms); ++number) {
            REQUIRE(number < room_entry_count);
            const std::string mask = "nick" + std::to_string(number) + "!*@*";
            scene.change(one, "cave", {'b', true, {}, 0, mask});
            scene.make_room();
            if (number % 512 == 0) CHECK(lists.find(cave, 'b', mask));
            if (number >= 600 && opening < 2) break;  // the last room takes all places
        }
        CHECK(scene.acceptor.tables.room_states.restricts_writing(cave));
        scene.leave(one, "cave");
    }
}

TEST_CASE("room rights: an invitation counts once, and while its client is there", "[rights]") {
    Scene scene;
    scene.join(one, "cave");
    const Room cave = *scene.acceptor.tables.rooms.find("cave");
    const auto invite = [&](SlotId client) {
        scene.acceptor.publisher.publish(
            scene.acceptor.about(one, records::Invited{.room = "cave", .client = client, .opens = true}.record()));
    };
    const RoomLists& lists = scene.acceptor.tables.room_states.lists();
    invite(two);
    CHECK(lists.is_invited(cave, two));
    CHECK(RoomLists(scene.scratch.segment).is_invited(cave, two));
    scene.join(two, "cave");
    scene.leave(two, "cave");
    CHECK_FALSE(lists.is_invited(cave, two));
    invite(three);
    scene.acceptor.publisher.publish(scene.acceptor.departure(three, LeaveReason::quit));
    CHECK_FALSE(lists.is_invited(cave, {three.slot, three.generation + 1}));
    CHECK(lists.entries(cave, invitation_list).empty());
}

TEST_CASE("masks: they are completed, and refused if they cannot be one", "[rights]") {
    CHECK(completed_mask("Joker") == "Joker!*@*");
    CHECK(completed_mask("*@host") == "*!*@host");
    CHECK(completed_mask("Joker!user") == "Joker!user@*");
    CHECK(completed_mask("a!b@c") == "a!b@c");
    CHECK(completed_mask("m:Joker") == "m:Joker!*@*");
    CHECK(completed_mask("a:Joker") == "a:Joker");
    CHECK(completed_mask("m:a:Jo*") == "m:a:Jo*");
    for (const char* wrong : {"a:", "m:a:", "a:x!y", "a:x@y", "a:x y", "a::x"}) CHECK(completed_mask(wrong).empty());
    for (const std::string& wrong : {std::string(), std::string("a b"), std::string("a\x01"), std::string(":a"),
                                     std::string(max_mask_size, 'x'), std::string("m:")})
        CHECK(completed_mask(wrong).empty());
    CHECK(completed_mask(std::string(max_mask_size - 4, 'x')).size() == max_mask_size);
}

TEST_CASE("room rights: any history, applied again or taken up by a successor at any point", "[rights][N01]") {
    constexpr int histories = 20;
    constexpr int steps = 80;
    const std::vector<std::string> names = {"lobby", "a", "B", "b"};
    for (int history = 0; history < histories; ++history) {
        std::mt19937 random(static_cast<unsigned>(history));
        const auto below = [&random](unsigned limit) { return static_cast<std::uint32_t>(random() % limit); };
        const ScratchSegment scratch(with_places(4, 3));
        Publishing live(scratch.segment);
        std::vector<SlotId> clients(4);
        for (std::uint32_t slot = 0; slot < clients.size(); ++slot) clients[slot] = {slot, 0};
        for (int step = 0; step < steps; ++step) {
            SlotId& client = clients[below(4)];
            const SlotId other = clients[below(4)];
            const std::string& room = names[below(4)];
            const bool here = live.sessions.row(client.slot).state == SlotState::connected;
            const bool is_other_here = live.sessions.row(other.slot).state == SlotState::connected;
            Record record;
            std::string text;
            std::string name;
            if (!here) {
                ++client.generation;
                name = "name" + std::to_string(client.slot);
                record = live.newcomer(client, 11111 + client.slot, name, below(2) == 0 ? "a" : "");
            } else if (const auto what = below(12); what == 0) {
                record = live.departure(client, LeaveReason::quit);
            } else if (what < 4 || !is_other_here) {
                record = live.about(client, records::Joined{.room = room}.record());
            } else if (what == 4) {
                record = live.about(client, records::Left{.room = room}.record());
            } else if (what == 5) {
                record = live.about(client, records::Kicked{.room = room, .client = other}.record(text));
            } else if (what == 6) {
                record = live.about(client, records::Topic{.room = room, .text = names[below(4)]}.record());
            } else if (what == 7) {
                record =
                    live.about(client, records::Invited{.room = room, .client = other, .opens = below(3) > 0}.record());
            } else if (what == 8) {
                const char list = "beI"[below(3)];
                for (int i = 0; i < 2; ++i)
                    append_mode_change(text, {list, below(3) > 0, {}, 0, below(2) == 0 ? "a!*@*" : "B!*@*"});
                record = live.about(client, records::ModesChanged{.room = room, .rows = text}.record());
            } else {
                append_mode_change(text, {below(2) == 0 ? 'o' : 'v', below(2) == 0, other});
                append_mode_change(text, {.letter = below(2) == 0 ? 't' : 'm', .adds = below(2) == 0});
                record = live.about(client, records::ModesChanged{.room = room, .rows = text}.record());
            }
            // The effects of the last record may be partly there, or not at all.
            const Position before = scratch.segment.words().checkpoint;
            live.publisher.publish(record);
            scratch.segment.words().head = scratch.segment.words().logged = scratch.segment.words().sessions_logged =
                scratch.segment.words().tail.load();
            INFO("history " << history << ", step " << step);
            CHECK(picture(Tables(scratch.segment)) == picture(live.tables));
            Publishing successor(scratch.segment);
            scratch.segment.words().checkpoint = before;
            successor.publisher.redo([](const Record&, Position, Position) {});
            REQUIRE(picture(successor.tables) == picture(live.tables));
        }
    }
}

}  // namespace room_rights_test
