// What clients say of themselves and of rooms: it follows from the records, and a successor can take over at any point.
#include "chat-acceptor/state/metadata.h"

#include "shared/records/metadata.h"
#include "shared/records/room.h"
#include "tests/support/catch.h"
#include "tests/unit/crossed_record.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace metadata_test {

using namespace chat;
using test::Publishing;
using test::ScratchSegment;

namespace {

constexpr SlotId one{0, 1};
constexpr SlotId two{1, 1};

std::string rows_of(std::initializer_list<MetadataChange> changes) {
    std::string rows;
    for (const MetadataChange& change : changes) append_metadata_change(rows, change);
    return rows;
}

std::string text_of(const std::vector<const MetadataRow*>& rows) {
    std::string text;
    for (const MetadataRow* row : rows)
        text.append(text.empty() ? "" : " ").append(metadata_keys[row->key]).append("=").append(row->value_view());
    return text;
}

struct Scene {
    Scene() : acceptor(scratch.segment) {
        for (const SlotId client : {one, two})
            acceptor.connect(client, 11111 + client.slot, "name" + std::to_string(client.slot));
    }
    void change(SlotId client, std::initializer_list<MetadataChange> changes, std::string_view room = {}) {
        std::string text;
        const std::string rows = rows_of(changes);
        acceptor.publisher.publish(
            acceptor.about(client, records::MetadataChanged{.rows = rows, .room = room}.record(text)));
    }
    void join(SlotId client, std::string_view room) {
        acceptor.publisher.publish(acceptor.about(client, records::Joined{.room = room}.record()));
    }
    void leave(SlotId client, std::string_view room) {
        acceptor.publisher.publish(acceptor.about(client, records::Left{.room = room}.record()));
    }
    [[nodiscard]] Metadata& metadata() { return acceptor.tables.metadata; }
    [[nodiscard]] std::string of(SlotId client) { return text_of(metadata().of_client(client)); }
    [[nodiscard]] std::string of_room(std::string_view name) {
        const auto room = acceptor.tables.rooms.find(name);
        return room ? text_of(metadata().of_room(*room)) : "closed";
    }

    ScratchSegment scratch;
    Publishing acceptor;
};

}  // namespace

TEST_CASE("metadata: records of changes come back", "[records][metadata]") {
    const std::string longest(max_metadata_value, 'x');
    const std::string rows = rows_of({{3, true, "Ann"}, {0, false}, {11, true, longest + "y"}, {1, true, ""}});
    std::string text;
    const std::vector<SlotId> receivers{one, two};
    const records_test::Crossed crossed(
        records::MetadataChanged{.rows = rows, .room = "films", .lines = "761 x\n", .receivers = receivers}.record(
            text));
    auto changed = records::MetadataChanged::of(crossed.record);
    CHECK(changed.room == "films");
    CHECK(changed.lines == "761 x\n");
    CHECK(changed.receivers.size() == 2);
    CHECK(take_metadata_change(changed.rows) == MetadataChange{3, true, "Ann"});
    CHECK(take_metadata_change(changed.rows) == MetadataChange{0, false});
    CHECK(take_metadata_change(changed.rows) == MetadataChange{11, true, longest});
    CHECK(take_metadata_change(changed.rows) == MetadataChange{1, true, ""});
    CHECK_FALSE(take_metadata_change(changed.rows));
    for (const std::string_view damaged : {std::string_view("\x0c\x01\0\0", 4), std::string_view("\x01\x01\x09\0x", 5),
                                           std::string_view("\x01\x01", 2)}) {
        std::string_view rest = damaged;
        CHECK_FALSE(take_metadata_change(rest));
    }
    CHECK(find_metadata_key("display-name") == 3);
    CHECK_FALSE(find_metadata_key("Display-Name"));
    CHECK_FALSE(find_metadata_key(""));
}

TEST_CASE("metadata: a client has one value of each key", "[metadata]") {
    Scene scene;
    scene.change(one, {{11, true, "x"}, {0, true, "y"}});
    scene.change(one, {{11, true, "z"}});
    scene.change(two, {{11, true, "of two"}});
    CHECK(scene.of(one) == "avatar=y url=z");
    CHECK(scene.of(two) == "url=of two");
    CHECK(scene.metadata().keys_of_client(one) == (metadata_bit(0) | metadata_bit(11)));
    scene.change(one, {{0, false}, {5, false}});
    CHECK(scene.of(one) == "url=z");
    // A successor reads the same.
    CHECK(text_of(Metadata(scene.scratch.segment).of_client(one)) == "url=z");
}

TEST_CASE("metadata: values go with their owner", "[metadata]") {
    Scene scene;
    scene.join(one, "films");
    scene.change(one, {{11, true, "room"}}, "films");
    scene.change(one, {{11, true, "own"}});
    CHECK(scene.of_room("films") == "url=room");
    scene.leave(one, "films");
    CHECK(scene.of_room("films") == "closed");
    scene.join(one, "films");
    CHECK(scene.of_room("films").empty());
    scene.acceptor.publisher.publish(scene.acceptor.departure(one, LeaveReason::quit));
    CHECK(scene.metadata().keys_of_client(one) == 0);
    CHECK(scene.metadata().of_client({one.slot, one.generation + 1}).empty());
}

TEST_CASE("metadata: places of closed rooms are used again", "[metadata]") {
    Scene scene;
    const std::size_t places = scene.metadata().capacity();
    REQUIRE(places == 6);
    scene.join(one, "films");
    scene.change(one, {{0, true, "a"}, {1, true, "b"}, {2, true, "c"}, {3, true, "d"}}, "films");
    scene.change(one, {{0, true, "e"}, {1, true, "f"}});
    CHECK_FALSE(scene.metadata().has_place(scene.acceptor.tables.rooms));
    scene.change(one, {{2, true, "too much"}});
    CHECK(scene.of(one) == "avatar=e bot=f");
    scene.change(one, {{1, true, "replaced"}});
    CHECK(scene.of(one) == "avatar=e bot=replaced");
    scene.leave(one, "films");
    CHECK(scene.metadata().has_place(scene.acceptor.tables.rooms));
    CHECK(Metadata(scene.scratch.segment).has_place(scene.acceptor.tables.rooms));
    scene.change(one, {{2, true, "g"}, {3, true, "h"}, {4, true, "i"}, {5, true, "j"}});
    CHECK(scene.of(one) == "avatar=e bot=replaced color=g display-name=h email=i homepage=j");
}

TEST_CASE("metadata: nothing stays in memory of values that are gone", "[metadata]") {
    Scene scene;
    const auto has_words = [&] {
        const auto rows = scene.scratch.segment.metadata();
        return std::any_of(rows.begin(), rows.end(), [](const MetadataRow& row) {
            return row.value_size != 0 ||
                   std::any_of(std::begin(row.value), std::end(row.value), [](char c) { return c != 0; });
        });
    };
    scene.change(one, {{0, true, "removed"}});
    CHECK(has_words());
    scene.change(one, {{0, false}});
    CHECK_FALSE(has_words());
    scene.join(one, "films");
    scene.change(one, {{0, true, "of a room"}}, "films");
    scene.leave(one, "films");
    CHECK_FALSE(has_words());
    scene.join(one, "films");
    scene.change(one, {{0, true, "of a room"}}, "films");
    scene.change(one, {{0, true, "of a client"}});
    scene.acceptor.publisher.publish(scene.acceptor.departure(one, LeaveReason::quit));
    CHECK_FALSE(has_words());
    // A predecessor crashed between the two.
    scene.change(two, {{0, true, "left behind"}});
    const auto rows = scene.scratch.segment.metadata();
    std::find_if(rows.begin(), rows.end(), [](const MetadataRow& row) { return row.sequence != 0; })->sequence = 0;
    CHECK(has_words());
    const Metadata successor(scene.scratch.segment);
    CHECK_FALSE(has_words());
}

TEST_CASE("metadata: applied again, a record changes nothing", "[metadata]") {
    Scene scene;
    std::string text;
    const std::string rows = rows_of({{0, true, "old"}, {1, false}});
    Record record = scene.acceptor.about(one, records::MetadataChanged{.rows = rows}.record(text));
    record.sequence = scene.acceptor.publisher.next_sequence();
    scene.acceptor.publisher.publish(record);
    scene.change(one, {{0, true, "new"}, {1, true, "kept"}});
    scene.metadata().apply(record, scene.acceptor.tables.rooms);
    CHECK(scene.of(one) == "avatar=new bot=kept");
    // Neither does that of another room of the same name.
    scene.join(two, "films");
    std::string of_room;
    Record earlier = scene.acceptor.about(two, records::MetadataChanged{.rows = rows, .room = "films"}.record(of_room));
    earlier.sequence = 1;
    scene.metadata().apply(earlier, scene.acceptor.tables.rooms);
    CHECK(scene.of_room("films").empty());
}

}  // namespace metadata_test
