// What sessions assign: ids, names and slots, and how long departed clients are remembered.
#include "chat-acceptor/state/sessions.h"
#include "shared/memory/slot_notes.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace sessions_numbers_test {

using namespace chat;
using test::ScratchSegment;

namespace {

constexpr Microseconds second = 1'000'000;
constexpr Microseconds hour = 3600 * second;
constexpr Microseconds now = 1'764'000'000 * second;

void connect(Sessions& sessions, std::uint64_t sequence, SlotId client, std::uint32_t id, std::string_view name) {
    std::string text;
    Record record = records::Connected{.peer = "127.0.0.1:50312"}.record(text);
    record.sequence = record.session = sequence;
    record.sender = client;
    record.sender_id = id;
    record.name = name;
    sessions.apply(record, sequence * 100);
}

void depart(Sessions& sessions, std::uint64_t sequence, SlotId client, Microseconds at,
            RecordKind kind = RecordKind::departed) {
    Record record;
    record.kind = kind;
    record.sequence = sequence;
    record.at = at;
    record.sender = client;
    record.session = 1;
    sessions.apply(record, sequence * 100);
}

}  // namespace

TEST_CASE("ids are random numbers of five digits", "[sessions][R03]") {
    const ScratchSegment scratch;
    const Sessions sessions(scratch.segment);
    std::set<std::uint32_t> chosen;
    for (int i = 0; i < 2000; ++i) chosen.insert(sessions.choose_id(now));
    CHECK(*chosen.begin() >= 10'000);
    CHECK(*chosen.rbegin() <= 99'999);
    CHECK(*chosen.begin() < 12'000);
    CHECK(*chosen.rbegin() > 98'000);
    CHECK(chosen.size() > 1900);
}

TEST_CASE("an id is not assigned again while another has been free for an hour", "[sessions][R03]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    const auto last_used = scratch.segment.id_last_used();
    const auto now_seconds = static_cast<std::uint32_t>(now / second);
    std::fill(last_used.begin(), last_used.end(), now_seconds - 3599);
    last_used[54'321 - 10'000] = now_seconds - 3600;
    for (int i = 0; i < 20; ++i) CHECK(sessions.choose_id(now) == 54'321);
    // If none has been unused for that long, the one unused for the longest time.
    std::fill(last_used.begin(), last_used.end(), now_seconds - 5);
    last_used[20'000 - 10'000] = now_seconds - 3000;
    last_used[20'001 - 10'000] = now_seconds - 3001;
    CHECK(sessions.choose_id(now) == 20'001);
    connect(sessions, 1, {0, 1}, 20'001, "a");
    CHECK(sessions.choose_id(now) == 20'000);
}

TEST_CASE("an id in use is never assigned, nor one just given back", "[sessions][R03]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    const auto last_used = scratch.segment.id_last_used();
    std::fill(last_used.begin(), last_used.end(), static_cast<std::uint32_t>(now / second));
    for (const std::uint32_t id : {30'000U, 30'001U, 30'002U}) last_used[id - 10'000] = 0;
    connect(sessions, 1, {0, 1}, 30'000, "a");
    connect(sessions, 2, {1, 1}, 30'001, "b");
    for (int i = 0; i < 20; ++i) CHECK(sessions.choose_id(now) == 30'002);
    depart(sessions, 3, {0, 1}, now);
    for (int i = 0; i < 20; ++i) CHECK(sessions.choose_id(now) == 30'002);
    CHECK(last_used[0] == now / second);
    CHECK(last_used[20'000] == now / second);
}

TEST_CASE("assigned names are ten random characters", "[sessions][R04]") {
    const ScratchSegment scratch;
    const Sessions sessions(scratch.segment);
    std::set<std::string> chosen;
    std::set<char> first;
    std::set<char> other;
    for (int i = 0; i < 2000; ++i) {
        const std::string name = sessions.choose_name();
        REQUIRE(name.size() == 10);
        chosen.insert(name);
        first.insert(name[0]);
        other.insert(name.begin() + 1, name.end());
    }
    CHECK(chosen.size() == 2000);
    CHECK(std::string(first.begin(), first.end()) == "abcdefghijklmnopqrstuvwxyz");
    CHECK(std::string(other.begin(), other.end()) == "0123456789abcdefghijklmnopqrstuvwxyz");
}

TEST_CASE("the departed are remembered for an hour, by id and by their last name", "[sessions][R13]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    connect(sessions, 1, {0, 1}, 11'111, "Batman");
    depart(sessions, 2, {0, 1}, now);
    const Sessions rebuilt(scratch.segment);
    for (const Sessions* each : {&std::as_const(sessions), &rebuilt}) {
        const Sessions& known = *each;
        REQUIRE(known.departed().find_id(11'111, now + hour));
        CHECK(known.departed().find_id(11'111, now + hour)->name_view() == "Batman");
        CHECK(known.departed().find_id(11'111, now + hour)->session == 1);
        CHECK_FALSE(known.departed().find_id(11'111, now + hour + 1));
        REQUIRE(known.departed().find_name("bATMAN", now + hour));
        CHECK(known.departed().find_name("bATMAN", now + hour)->client_id == 11'111);
        CHECK_FALSE(known.departed().find_name("batman", now + hour + 1));
        CHECK_FALSE(known.departed().find_id(11'112, now));
        CHECK_FALSE(known.departed().find_name("Joker", now));
    }
}

TEST_CASE("of two departed clients with the same name, the later one is meant", "[sessions][R13]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    connect(sessions, 1, {0, 1}, 11'111, "Batman");
    depart(sessions, 2, {0, 1}, now);
    connect(sessions, 3, {1, 1}, 22'222, "batman");
    depart(sessions, 4, {1, 1}, now);
    CHECK(sessions.departed().find_name("Batman", now)->client_id == 22'222);
    CHECK(sessions.departed().find_id(11'111, now)->name_view() == "Batman");
    const Sessions rebuilt(scratch.segment);
    CHECK(rebuilt.departed().find_name("Batman", now)->client_id == 22'222);
}

TEST_CASE("the last ten thousand departed clients are remembered", "[sessions][R13]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    std::uint64_t sequence = 0;
    const auto come_and_go = [&](std::uint32_t number, const std::string& name) {
        const SlotId client{0, number + 1};
        connect(sessions, ++sequence, client, 20'000 + number, name);
        depart(sessions, ++sequence, client, now);
    };
    come_and_go(0, "Batman");
    come_and_go(1, "Joker");
    for (std::uint32_t number = 2; number < 10'000; ++number) come_and_go(number, "n" + std::to_string(number));
    CHECK(sessions.departed().find_id(20'000, now));
    CHECK(sessions.departed().find_name("Batman", now));
    come_and_go(10'000, "Joker");
    CHECK_FALSE(sessions.departed().find_id(20'000, now));
    CHECK_FALSE(sessions.departed().find_name("Batman", now));
    CHECK(sessions.departed().find_id(20'001, now));
    // The later Joker is now stored before the earlier one.
    CHECK(Sessions(scratch.segment).departed().find_name("Joker", now)->client_id == 30'000);
    come_and_go(10'001, "Robin");
    CHECK_FALSE(sessions.departed().find_id(20'001, now));
    REQUIRE(sessions.departed().find_name("Joker", now));  // the later Joker is not forgotten with the first
    CHECK(sessions.departed().find_name("Joker", now)->client_id == 30'000);
    const Sessions rebuilt(scratch.segment);
    CHECK_FALSE(rebuilt.departed().find_id(20'001, now));
    CHECK(rebuilt.departed().find_id(20'002, now));
    CHECK(rebuilt.departed().find_id(30'001, now));
    CHECK(rebuilt.departed().find_name("Joker", now)->client_id == 30'000);
}

TEST_CASE("a slot is free again when it is ended, delivered and logged", "[sessions][R85]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    Slot& slot = scratch.segment.slots()[0];
    QueueWords& words = scratch.segment.words();
    CHECK(sessions.is_free_slot(0));
    connect(sessions, 1, {0, 7}, 11'111, "a");
    words.head = words.logged = 1'000'000;
    note_ended(slot, {0, 7}, Ending::clean);
    CHECK_FALSE(sessions.is_free_slot(0));  // connected
    depart(sessions, 2, {0, 7}, now);
    CHECK(sessions.is_free_slot(0));
    slot.ended = 0;
    CHECK_FALSE(sessions.is_free_slot(0));
    note_ended(slot, {0, 6}, Ending::clean);  // about an earlier client
    CHECK_FALSE(sessions.is_free_slot(0));
    note_ended(slot, {0, 7}, Ending::something_unsent);
    CHECK_FALSE(sessions.is_free_slot(0));
    note_ended(slot, {0, 7}, Ending::clean);
    words.head = 199;
    CHECK_FALSE(sessions.is_free_slot(0));
    words.head = 200;
    CHECK(sessions.is_free_slot(0));
    words.logged = 199;
    CHECK_FALSE(sessions.is_free_slot(0));
    words.logged = 200;
    CHECK(sessions.is_free_slot(0));
    // With something unsent, only after the record that reports it.
    note_ended(slot, {0, 7}, Ending::something_unsent);
    depart(sessions, 3, {0, 7}, now, RecordKind::closed);
    CHECK_FALSE(sessions.is_free_slot(0));
    words.head = words.logged = 300;
    CHECK(sessions.is_free_slot(0));
}

TEST_CASE("free slots are assigned in turn, each with its own generation", "[sessions]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    scratch.segment.words().head = scratch.segment.words().logged = 1'000'000;
    for (std::uint32_t number = 0; number < 4; ++number) {
        CHECK(sessions.find_free_slot() == SlotId{number, 1});
        connect(sessions, number + 1, {number, 1}, 20'000 + number, "n" + std::to_string(number));
    }
    CHECK_FALSE(sessions.find_free_slot());
    depart(sessions, 5, {2, 1}, now);
    CHECK_FALSE(sessions.find_free_slot());
    note_ended(scratch.segment.slots()[2], {2, 1}, Ending::clean);
    CHECK(sessions.find_free_slot() == SlotId{2, 2});
}

}  // namespace sessions_numbers_test
