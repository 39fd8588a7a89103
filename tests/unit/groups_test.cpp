// Groups: they follow from records and rows alone, the heap state can be rebuilt at any time, and inconsistent rows are
// refused.
#include "chat-acceptor/state/groups.h"

#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace groups_test {

using namespace chat;
using test::Publishing;
using test::ScratchSegment;

namespace {

constexpr SlotId one{0, 1};
constexpr SlotId two{1, 1};
constexpr SlotId three{2, 1};

Record about_group(const Publishing& acceptor, RecordKind kind, SlotId client, std::uint32_t id,
                   std::span<const SlotId> receivers = {}) {
    Record record = acceptor.about(client, kind);
    record.value = id;
    record.receivers = receivers;
    record.scope = static_cast<std::uint8_t>(Standing::invited);
    return record;
}

// All groups with everyone's standing, and those whose admin has not been announced yet.
std::string picture(const Groups& groups, std::uint32_t slots) {
    std::string text;
    for (const Group group : groups.all()) {
        text += std::to_string(groups.id(group)) + ':';
        for (const SlotId member : groups.members(group)) text += ' ' + std::to_string(member.slot);
        CHECK(groups.member_count(group) == groups.members(group).size());
        CHECK(groups.admin(group) == groups.members(group).front());
        for (std::uint32_t slot = 0; slot < slots; ++slot)
            for (std::uint32_t generation = 1; generation < 40; ++generation) {
                const Standing standing = groups.standing(group, {slot, generation});
                if (standing == Standing::invited) text += " invited " + std::to_string(slot);
                if (standing == Standing::asking) text += " asking " + std::to_string(slot);
            }
        text += '\n';
    }
    for (std::uint32_t slot = 0; slot < slots; ++slot)
        for (std::uint32_t generation = 1; generation < 40; ++generation) {
            const SlotId client{slot, generation};
            std::vector<Group> own = groups.all();
            std::erase_if(own, [&](Group group) { return groups.standing(group, client) != Standing::member; });
            CHECK(groups.groups_of(client) == own);
            CHECK(groups.count_of(client) <= own.size());
        }
    return text + (groups.find_with_new_admin() ? "untold" : "");
}

// What counts for the quotas of each client: own groups, groups made, requests.
std::string quotas(const Groups& groups, std::uint32_t slots) {
    std::string text;
    for (std::uint32_t slot = 0; slot < slots; ++slot)
        for (std::uint32_t generation = 1; generation < 40; ++generation) {
            const SlotId client{slot, generation};
            const std::size_t counts[] = {groups.count_of(client), groups.made_count(client),
                                          groups.request_count(client)};
            if (counts[0] + counts[1] + counts[2] == 0) continue;
            text += std::to_string(slot) + ':';
            for (const std::size_t count : counts) text += ' ' + std::to_string(count);
            text += '\n';
        }
    return text;
}

struct Scene {
    Scene() {
        for (const SlotId client : {one, two, three})
            acceptor.connect(client, 11111 + client.slot, "name" + std::to_string(client.slot));
    }
    void publish(RecordKind kind, SlotId client, std::uint32_t id, std::vector<SlotId> receivers = {},
                 Standing standing = Standing::invited) {
        Record record = about_group(acceptor, kind, client, id, receivers);
        record.scope = static_cast<std::uint8_t>(standing);
        acceptor.publisher.publish(record);
    }
    [[nodiscard]] std::string seen() const {
        const std::string text = picture(acceptor.tables.groups, 4);
        CHECK(picture(Groups(scratch.segment), 4) == text);  // as a successor finds them
        return text;
    }
    [[nodiscard]] std::string quotas_seen() const {
        const std::string text = quotas(acceptor.tables.groups, 4);
        CHECK(quotas(Groups(scratch.segment), 4) == text);
        return text;
    }

    ScratchSegment scratch;
    Publishing acceptor{scratch.segment};
};

}  // namespace

TEST_CASE("groups: members at once, or invited", "[groups][R63][R64][R65][R67]") {
    Scene scene;
    scene.publish(RecordKind::group_made, one, 4711, {two}, Standing::member);
    scene.publish(RecordKind::group_made, two, 1000, {one, three});
    CHECK(scene.seen() == "1000: 1 invited 0 invited 2\n4711: 0 1\n");
    scene.publish(RecordKind::group_joined, three, 1000, {two});
    scene.publish(RecordKind::group_joined, one, 1000, {two, three});
    CHECK(scene.seen() == "1000: 1 2 0\n4711: 0 1\n");
    const Groups& groups = scene.acceptor.tables.groups;
    CHECK(groups.groups_of(three).size() == 1);
    CHECK(groups.groups_of(one).size() == 2);
    CHECK_FALSE(groups.find(4712));
}

TEST_CASE("groups: asking, and the admin's answer", "[groups][R68][R69]") {
    Scene scene;
    scene.publish(RecordKind::group_made, one, 4711, {two});
    scene.publish(RecordKind::group_asked, three, 4711, {one});
    scene.publish(RecordKind::group_asked, three, 4711, {one});
    CHECK(scene.seen() == "4711: 0 invited 1 asking 2\n");
    scene.publish(RecordKind::group_approved, one, 4711, {three, one});
    scene.publish(RecordKind::group_declined, two, 4711, {one});
    CHECK(scene.seen() == "4711: 0 2\n");
    scene.publish(RecordKind::group_asked, two, 4711, {one});
    scene.publish(RecordKind::group_rejected, one, 4711, {two});
    CHECK(scene.seen() == "4711: 0 2\n");
}

TEST_CASE("groups: the next member becomes admin, and an empty group ends", "[groups][R63][R75]") {
    Scene scene;
    scene.publish(RecordKind::group_made, one, 4711, {two, three}, Standing::member);
    scene.publish(RecordKind::group_left, one, 4711, {one, two, three});
    CHECK(scene.seen() == "4711: 1 2\nuntold");
    scene.publish(RecordKind::group_admin, two, 4711, {two, three});
    CHECK(scene.seen() == "4711: 1 2\n");
    scene.acceptor.publisher.publish(scene.acceptor.departure(two, LeaveReason::lost));
    CHECK(scene.seen() == "4711: 2\nuntold");
    scene.publish(RecordKind::group_admin, three, 4711, {three});
    scene.publish(RecordKind::group_asked, one, 4711, {three});
    CHECK(scene.seen() == "4711: 2 asking 0\n");
    scene.publish(RecordKind::group_left, three, 4711, {three});
    CHECK(scene.seen().empty());
    scene.publish(RecordKind::group_joined, one, 4711);  // of a group that no longer exists
    CHECK(scene.seen().empty());
    scene.publish(RecordKind::group_made, one, 4712, {two}, Standing::invited);
    scene.acceptor.publisher.publish(scene.acceptor.departure(one, LeaveReason::quit));
    CHECK(scene.seen().empty());  // nobody is left to be notified of an admin
    scene.acceptor.connect({0, 2}, 11111, "name0");
    scene.publish(RecordKind::group_made, {0, 2}, 4711);  // its row and its number may be used again
    CHECK(scene.seen() == "4711: 0\n");
}

TEST_CASE("groups: there are bounds", "[groups][R63]") {
    Scene scene;
    const Groups& groups = scene.acceptor.tables.groups;
    CHECK(groups.max_members() == 3);
    for (const std::uint32_t id : {1000U, 1001U, 1002U}) {
        CHECK(groups.has_place_for_another());
        scene.publish(RecordKind::group_made, one, id);
    }
    CHECK_FALSE(groups.has_place_for_another());
    scene.publish(RecordKind::group_made, one, 1003);  // no command asks for that
    CHECK(scene.seen() == "1000: 0\n1001: 0\n1002: 0\n");
    for (int i = 0; i < 100; ++i) {
        const std::uint32_t id = groups.choose_id();
        CHECK((id >= 1003 && id <= 9999));
    }
    CHECK(groups.has_place_for_request(0));
}

TEST_CASE("groups: any history, applied again or taken up by a successor at any point", "[groups][N01]") {
    constexpr int histories = 20;
    constexpr int steps = 80;
    for (int history = 0; history < histories; ++history) {
        std::mt19937 random(static_cast<unsigned>(history));
        const auto below = [&random](unsigned limit) { return static_cast<std::uint32_t>(random() % limit); };
        const ScratchSegment scratch;
        Publishing live(scratch.segment);
        std::vector<SlotId> clients(4);
        for (std::uint32_t slot = 0; slot < clients.size(); ++slot) clients[slot] = {slot, 0};
        for (int step = 0; step < steps; ++step) {
            SlotId& client = clients[below(4)];
            const bool here = live.sessions.row(client.slot).state == SlotState::connected;
            const std::string name = "name" + std::to_string(client.slot);
            std::vector<SlotId> receivers;
            for (const SlotId other : clients)
                if (other != client && live.sessions.row(other.slot).state == SlotState::connected && below(2) == 0)
                    receivers.push_back(other);
            Record record;
            if (!here) {
                ++client.generation;
                record = live.newcomer(client, 11111 + client.slot, name);
            } else if (below(8) == 0) {
                record = live.departure(client, LeaveReason::quit);
            } else {
                const auto kind =
                    static_cast<RecordKind>(static_cast<std::uint32_t>(RecordKind::group_made) + below(8));
                record = about_group(live, kind, client, 1000 + below(4), receivers);
                if (kind == RecordKind::group_made && below(2) == 0)
                    record.scope = static_cast<std::uint8_t>(Standing::member);
            }
            const Position before = scratch.segment.words().checkpoint;
            live.publisher.publish(record);
            QueueWords& words = scratch.segment.words();
            words.head = words.logged = words.sessions_logged = words.tail.load();
            INFO("history " << history << ", step " << step);
            Publishing successor(scratch.segment);
            words.checkpoint = before;
            successor.publisher.redo([](const Record&, Position, Position) {});
            REQUIRE(picture(successor.tables.groups, 4) == picture(live.tables.groups, 4));
        }
    }
}

TEST_CASE("groups: only what a client does itself counts for its quotas", "[groups][R63]") {
    Scene scene;
    scene.publish(RecordKind::group_made, one, 4711, {two, three}, Standing::member);
    scene.publish(RecordKind::group_made, one, 4712, {two, three});
    CHECK(scene.quotas_seen() == "0: 2 2 0\n");
    scene.publish(RecordKind::group_joined, two, 4712, {one, two});
    scene.publish(RecordKind::group_made, three, 4713, {two}, Standing::member);
    CHECK(scene.quotas_seen() == "0: 2 2 0\n1: 1 0 0\n2: 1 1 0\n");
    scene.publish(RecordKind::group_asked, one, 4713, {three});
    CHECK(scene.quotas_seen() == "0: 2 2 1\n1: 1 0 0\n2: 1 1 0\n");
    scene.publish(RecordKind::group_approved, three, 4713, {one, two, three});
    CHECK(scene.quotas_seen() == "0: 3 2 0\n1: 1 0 0\n2: 1 1 0\n");
    // Whoever made a group has made it, also after leaving it; whoever comes back has asked.
    scene.publish(RecordKind::group_left, one, 4711, {one, two, three});
    scene.publish(RecordKind::group_left, two, 4711, {two, three});
    scene.publish(RecordKind::group_asked, two, 4711, {three});
    scene.publish(RecordKind::group_approved, three, 4711, {two, three});
    CHECK(scene.quotas_seen() == "0: 2 2 0\n1: 2 0 0\n2: 1 1 0\n");
    scene.publish(RecordKind::group_left, two, 4711, {two, three});
    scene.publish(RecordKind::group_left, three, 4711, {three});
    CHECK(scene.quotas_seen() == "0: 2 1 0\n1: 1 0 0\n2: 1 1 0\n");
    scene.acceptor.publisher.publish(scene.acceptor.departure(three, LeaveReason::lost));
    CHECK(scene.quotas_seen() == "0: 2 1 0\n1: 1 0 0\n2: 0 1 0\n");
}

TEST_CASE("groups: inconsistent rows are refused", "[groups][D02]") {
    const auto damaged = [](auto&& damage) {
        Scene scene;
        scene.publish(RecordKind::group_made, one, 4711, {two});
        damage(scene.scratch.segment);
        CHECK_THROWS_AS(Groups(scene.scratch.segment), DamagedSegment);
    };
    const auto replace = [](const Segment& segment, std::uint32_t group, GroupRow row) {
        replace_group_row(segment.group(group), row);
    };
    damaged([&](const Segment& s) { replace(s, 1, {1, 4711, three, {{three, Standing::member}}}); });
    damaged([&](const Segment& s) { replace(s, 0, {1, 999, one, {{one, Standing::member}}}); });
    damaged([&](const Segment& s) { replace(s, 0, {1, 0, one, {{one, Standing::member}}}); });
    damaged([&](const Segment& s) { replace(s, 0, {1, 4711, one, {{one, Standing{4}}}}); });
    damaged([&](const Segment& s) {
        replace(s, 0, {1, 4711, one, {{one, Standing::member}, {one, Standing::asking}}});
    });
    damaged([&](const Segment& s) {
        replace(s, 0, {1, 4711, one, {{one, Standing::asking}, {two, Standing::member}}});
    });
    damaged([&](const Segment& s) {
        const std::uint32_t count = 1000;
        const auto place = s.group(0);
        std::memcpy(place.data() + 8 + (place.size() - 8) / 2 + 12, &count, sizeof count);  // people of the valid copy
    });
}

TEST_CASE("groups: a writer killed half-way leaves the old row", "[groups][N01]") {
    std::vector<std::uint64_t> memory(group_row_size(4) / 8);
    const auto place = std::as_writable_bytes(std::span(memory));
    CHECK(read_group_row(place)->id == 0);
    replace_group_row(place, {7, 4711, one, {{one, Standing::member}, {two, Standing::invited}}});
    const auto before = memory;
    replace_group_row(place, {8, 4711, two, {{two, Standing::member, true}}, one});
    const auto after = read_group_row(place);
    CHECK(after->changed_by == 8);
    CHECK(after->told_admin == two);
    CHECK(after->people == std::vector<Person>{{two, Standing::member, true}});
    CHECK(after->maker == one);
    memory[0] = before[0];  // the content is written, the index is not
    const auto kept = read_group_row(place);
    CHECK(kept->changed_by == 7);
    CHECK(kept->people == std::vector<Person>{{one, Standing::member}, {two, Standing::invited}});
}

}  // namespace groups_test
