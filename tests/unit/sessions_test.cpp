// Who is connected: the rows follow from the records alone, however often those are applied, and the heap state can be
// rebuilt from the rows at any time.
#include "chat-acceptor/state/sessions.h"

#include "shared/records/session.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <limits>
#include <string>
#include <vector>

namespace sessions_test {

using namespace chat;
using test::ScratchSegment;

namespace {

constexpr Microseconds second = 1'000'000;
constexpr Microseconds now = 1'764'000'000 * second;

Record numbered(Record record, std::uint64_t sequence, SlotId client, std::uint64_t session, std::string_view name) {
    record.sequence = sequence;
    record.at = now + static_cast<Microseconds>(sequence);
    record.sender = client;
    record.session = session;
    record.name = name;
    return record;
}

Record record_of(RecordKind kind, std::uint64_t sequence, SlotId client, std::uint64_t session, std::string_view name) {
    return numbered({.kind = kind}, sequence, client, session, name);
}

Record connected(std::uint64_t sequence, SlotId client, std::uint32_t id, std::string_view name) {
    static std::string text;  // the same for all
    Record record = numbered(records::Connected{.peer = "127.0.0.1:50312", .cookie = 1000 + sequence}.record(text),
                             sequence, client, sequence, name);
    record.sender_id = id;
    return record;
}

Record departed(std::uint64_t sequence, SlotId client, std::uint64_t session, LeaveReason reason) {
    return numbered(records::Departed{.reason = reason}.record(), sequence, client, session, {});
}

Record with_state(Record record, std::uint64_t state) {
    record.sender_state = state;
    return record;
}

const std::vector<std::string> names = {"amberjack0", "bluewhale1", "catfish222", "Batman", "bATMAN", "Joker"};
const std::vector<std::uint32_t> ids = {11111, 22222, 33333, 44444};

// Everything visible of the sessions and their rows, as text.
std::string picture(const Sessions& sessions, const Segment& segment) {
    std::string text = "announced " + std::to_string(sessions.announced_count()) + '\n';
    const auto add = [&text](const auto&... words) { ((text += words, text += ' '), ...), text += '\n'; };
    for (const SlotId client : sessions.everyone())
        add("here", std::to_string(client.slot), std::to_string(client.generation));
    for (const std::uint32_t id : ids) {
        if (const auto found = sessions.find_id(id)) add(std::to_string(id), "in", std::to_string(found->slot));
        if (const auto* row = sessions.departed().find_id(id, now))
            add(std::to_string(id), "left", std::to_string(row->left_by), row->name_view());
    }
    for (const std::string& name : names) {
        if (const auto found = sessions.find_name(name)) add(name, "in", std::to_string(found->slot));
        if (const auto* row = sessions.departed().find_name(name, now))
            add(name, "left", std::to_string(row->left_by), std::to_string(row->session));
    }
    for (std::uint32_t number = 0; number < segment.slots().size(); ++number) {
        const ClientRow& row = sessions.row(number);
        add("slot", std::to_string(static_cast<int>(row.state)), std::to_string(row.generation),
            std::to_string(row.client_id), std::to_string(row.session), std::to_string(row.connected_at),
            std::to_string(row.cookie), std::to_string(row.changed_by), std::to_string(row.leaving_end),
            row.announced ? "announced" : "new", word_of(row.reason), row.name_view(), row.peer_view(),
            std::to_string(segment.slots()[number].parsed.load()));
    }
    for (const std::uint32_t id : ids) add(std::to_string(segment.id_last_used()[id - lowest_client_id]));
    for (const DepartedRow& row : segment.departed().first(8))
        add("departed", std::to_string(row.left_by), row.name_view());
    return text;
}

struct Step {
    Record record;
    Position end;
};

// A short history with every kind of record that changes a row, and some that do not.
std::vector<Step> history() {
    const SlotId one{0, 1};
    const SlotId two{1, 1};
    const SlotId again{0, 2};
    std::vector<Record> records = {
        connected(1, one, 11111, "amberjack0"),
        with_state(record_of(RecordKind::online, 2, one, 1, {}), 0),
        connected(3, two, 22222, "bluewhale1"),
        with_state(record_of(RecordKind::renamed, 4, one, 1, "Batman"), 26),
        with_state(record_of(RecordKind::message, 5, two, 3, "bluewhale1"), 40),
        with_state(record_of(RecordKind::error, 6, two, 3, "bluewhale1"), 1024 << 1U | 1),
        record_of(RecordKind::online, 7, two, 3, {}),
        with_state(record_of(RecordKind::renamed, 8, one, 1, "bATMAN"), 60),
        with_state(departed(9, one, 1, LeaveReason::killed), 80),
        record_of(RecordKind::closed, 10, one, 1, {}),
        connected(11, again, 33333, "Batman"),
        departed(12, two, 3, LeaveReason::lost),
        departed(13, again, 11, LeaveReason::slow),
    };
    std::vector<Step> steps;
    for (const Record& record : records) steps.push_back({record, 100 * record.sequence});
    return steps;
}

}  // namespace

TEST_CASE("sessions: a client is known by id and name from its first record to its last", "[sessions][R02][R53][R59]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    const SlotId client{2, 1};
    sessions.apply(connected(7, client, 48213, "q7mzxtrplw"), 100);
    const ClientRow& row = sessions.row(2);
    CHECK(row.state == SlotState::connected);
    CHECK(row.session == 7);
    CHECK(row.client_id == 48213);
    CHECK(row.connected_at == now + 7);
    CHECK(row.cookie == 1007);
    CHECK(row.peer_view() == "127.0.0.1:50312");
    CHECK_FALSE(row.announced);
    CHECK(sessions.find_id(48213) == client);
    CHECK(sessions.find_name("Q7mzxTRPLW") == client);
    CHECK_FALSE(sessions.find_id(48214));
    CHECK(sessions.announced_count() == 0);

    sessions.apply(record_of(RecordKind::online, 8, client, 7, {}), 200);
    CHECK(sessions.announced_count() == 1);
    sessions.apply(record_of(RecordKind::renamed, 9, client, 7, "Batman"), 300);
    CHECK(sessions.find_name("batman") == client);
    CHECK_FALSE(sessions.find_name("q7mzxtrplw"));

    sessions.apply(departed(10, client, 7, LeaveReason::quit), 400);
    CHECK(sessions.row(2).state == SlotState::departed);
    CHECK(sessions.row(2).reason == LeaveReason::quit);
    CHECK(sessions.row(2).leaving_end == 400);
    CHECK_FALSE(sessions.find_id(48213));
    CHECK_FALSE(sessions.find_name("Batman"));
    CHECK(sessions.everyone().empty());
    CHECK(sessions.announced_count() == 0);
    sessions.apply(record_of(RecordKind::closed, 11, client, 7, {}), 500);
    CHECK(sessions.row(2).state == SlotState::closed);
    CHECK(sessions.row(2).leaving_end == 500);
}

TEST_CASE("sessions: everyone is listed in the order in which they came", "[sessions][R07]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    sessions.apply(connected(1, {3, 1}, 11111, "a"), 1);
    sessions.apply(connected(2, {0, 1}, 22222, "b"), 2);
    sessions.apply(connected(3, {1, 1}, 33333, "c"), 3);
    sessions.apply(departed(4, {0, 1}, 2, LeaveReason::quit), 4);
    sessions.apply(connected(5, {0, 2}, 44444, "d"), 5);
    const std::vector<SlotId> expected = {{3, 1}, {1, 1}, {0, 2}};
    CHECK(std::vector<SlotId>(sessions.everyone().begin(), sessions.everyone().end()) == expected);
    const Sessions rebuilt(scratch.segment);
    CHECK(std::vector<SlotId>(rebuilt.everyone().begin(), rebuilt.everyone().end()) == expected);
}

TEST_CASE("sessions: applying records is idempotent, from however far back", "[sessions][N01]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    const auto steps = history();
    for (std::size_t i = 0; i < steps.size(); ++i) {
        sessions.apply(steps[i].record, steps[i].end);
        const std::string once = picture(sessions, scratch.segment);
        for (std::size_t from = 0; from <= i; ++from) {
            INFO("record " << i << ", again from " << from);
            for (std::size_t k = from; k <= i; ++k) sessions.apply(steps[k].record, steps[k].end);
            CHECK(picture(sessions, scratch.segment) == once);
        }
    }
}

TEST_CASE("sessions: the state rebuilt from the rows equals the original", "[sessions][N01]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    for (const Step& step : history()) {
        sessions.apply(step.record, step.end);
        const std::string live = picture(sessions, scratch.segment);
        INFO("record " << step.record.sequence);
        CHECK(picture(Sessions(scratch.segment), scratch.segment) == live);
        const Segment again = scratch.open_again();
        CHECK(picture(Sessions(again), again) == live);
    }
}

TEST_CASE("sessions: a record half applied by a killed process is applied whole by the next", "[sessions][N01]") {
    const auto steps = history();
    for (std::size_t last = 0; last < steps.size(); ++last) {
        const ScratchSegment killed;
        const ScratchSegment unharmed;
        Sessions before(killed.segment);
        Sessions live(unharmed.segment);
        for (std::size_t i = 0; i <= last; ++i) live.apply(steps[i].record, steps[i].end);
        for (std::size_t i = 0; i < last; ++i) before.apply(steps[i].record, steps[i].end);
        Slot& slot = killed.segment.slots()[steps[last].record.sender.slot];
        const std::uint64_t row_index = slot.row_index;
        const std::uint64_t parsed = slot.parsed;
        before.apply(steps[last].record, steps[last].end);
        // As if the process had died after writing everything but the word that commits the row.
        if (slot.row_index != row_index) slot.row_index = row_index;
        slot.parsed = parsed;
        Sessions successor(killed.segment);
        successor.apply(steps[last].record, steps[last].end);
        INFO("record " << steps[last].record.sequence);
        CHECK(picture(successor, killed.segment) == picture(live, unharmed.segment));
    }
}

TEST_CASE("sessions: the parsed position only grows, and restarts with each client", "[sessions][N01]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    const auto& parsed = scratch.segment.slots()[0].parsed;
    sessions.apply(connected(1, {0, 1}, 11111, "a"), 1);
    sessions.apply(with_state(record_of(RecordKind::message, 2, {0, 1}, 1, "a"), 100 << 1U), 2);
    CHECK(parsed == 100 << 1U);
    sessions.apply(with_state(record_of(RecordKind::message, 3, {0, 1}, 1, "a"), 50 << 1U | 1), 3);
    CHECK(parsed == 100 << 1U);
    sessions.apply(record_of(RecordKind::online, 4, {0, 1}, 1, {}), 4);
    CHECK(parsed == 100 << 1U);
    sessions.apply(with_state(record_of(RecordKind::error, 5, {0, 1}, 1, "a"), 612 << 1U | 1), 5);
    CHECK(parsed == (612 << 1U | 1));
    sessions.apply(departed(6, {0, 1}, 1, LeaveReason::quit), 6);
    scratch.segment.slots()[0].inbox_base = 77;
    sessions.apply(connected(7, {0, 2}, 22222, "b"), 7);
    CHECK(parsed == 0);
    CHECK(scratch.segment.slots()[0].inbox_base == 0);
}

TEST_CASE("sessions: records about others leave a client alone", "[sessions]") {
    const ScratchSegment scratch;
    Sessions sessions(scratch.segment);
    sessions.apply(connected(1, {0, 5}, 11111, "amberjack0"), 1);
    const std::string before = picture(sessions, scratch.segment);
    sessions.apply(departed(2, {0, 4}, 1, LeaveReason::quit), 2);  // an earlier client of the slot
    sessions.apply(departed(3, {4, 1}, 1, LeaveReason::quit), 3);  // no such slot
    sessions.apply(departed(4, {0xffffffff, 1}, 1, LeaveReason::quit), 4);
    sessions.apply(with_state(record_of(RecordKind::note, 5, {0, 5}, 0, {}), 99), 5);  // about no client
    CHECK(picture(sessions, scratch.segment) == before);
}

TEST_CASE("sessions: impossible rows are tolerated", "[sessions][D02]") {
    const ScratchSegment scratch;
    {
        Sessions sessions(scratch.segment);
        sessions.apply(connected(1, {0, 1}, 11111, "a"), 1);
        sessions.apply(connected(2, {1, 1}, 22222, "b"), 2);
        ClientRow row = sessions.row(0);
        row.announced = 2;
        row.has_succeeded = 0xff;
        row.state = SlotState::departed;  // but nobody was notified
        replace_row(scratch.segment.slots()[0], row);
    }
    Sessions sessions(scratch.segment);
    CHECK(sessions.announced_count() == 0);
    sessions.apply(departed(3, {0, 1}, 1, LeaveReason::quit), 3);
    sessions.apply(departed(4, {0, 1}, 1, LeaveReason::quit), 4);
    CHECK(sessions.everyone().size() == 1);
    CHECK(sessions.announced_count() == 0);
}

TEST_CASE("sessions: a departure at an impossible time is not remembered", "[sessions][D02]") {
    const ScratchSegment scratch;
    DepartedRow& row = scratch.segment.departed()[0];
    row.left_by = 5;
    row.client_id = 11111;
    row.name_size = 1;
    row.name[0] = 'a';
    for (const Microseconds at : {std::numeric_limits<Microseconds>::min(), Microseconds{0}}) {
        row.left_at = at;
        const Sessions sessions(scratch.segment);
        CHECK(sessions.departed().find_id(11111, now) == nullptr);
        CHECK(sessions.departed().find_name("a", now) == nullptr);
    }
}

}  // namespace sessions_test
