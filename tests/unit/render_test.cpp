// The exact bytes of every line that the server says.
#include "chat-delivery/render.h"

#include "chat-delivery/render_session.h"
#include "shared/error_code.h"
#include "shared/records/answer.h"
#include "shared/records/group.h"
#include "shared/records/message.h"
#include "shared/records/operator.h"
#include "shared/records/room.h"
#include "shared/records/session.h"
#include "tests/support/catch.h"

#include <string>
#include <utility>
#include <vector>

namespace render_test {

using namespace chat;

namespace {

constexpr Microseconds example = 1'795'177'865'123'999;  // 2026-11-20T12:31:05.123Z

Record record_of(RecordKind kind) {
    Record record;
    record.kind = kind;
    record.sequence = 1042;
    record.at = example;
    record.sender_id = 48213;
    record.session = 7;
    record.name = "Batman";
    return record;
}

Record with_tag(Record record, std::string_view tag) {
    record.tag = tag;
    return record;
}

std::string to_receivers(const Record& record) {
    std::string out = "what was there before";
    return std::string(render_for_receivers(record, out));
}

std::string to_sender(const Record& record, Outcome outcome = Outcome::accepted) {
    std::string out = "what was there before";
    return std::string(render_for_sender(record, outcome, out));
}

Record message_of(MessageScope scope) {
    Record record = record_of(RecordKind::message);
    record.scope = static_cast<std::uint8_t>(scope);
    record.text = "Anyone here?";
    return record;
}

Record leaving(LeaveReason reason) {
    Record record = record_of(RecordKind::departed);
    record.scope = static_cast<std::uint8_t>(reason);
    record.number = 3;
    return record;
}

}  // namespace

TEST_CASE("render: welcome", "[render][R01][R02][R05]") {
    Record record = record_of(RecordKind::connected);
    record.name = "q7mzxtrplw";
    record.number = 5;
    record.text = "127.0.0.1:50312";
    CHECK(to_sender(record) ==
          "welcome id=48213 name=q7mzxtrplw connected=2026-11-20T12:31:05.123Z limit=5 version=1"
          " :Welcome! You are q7mzxtrplw (48213). /help lists the commands.\n");
    CHECK(to_receivers(record).empty());
}

TEST_CASE("render: online, to the newcomer too", "[render][R54]") {
    Record record = record_of(RecordKind::online);
    record.number = 2;
    CHECK(to_receivers(record) == "online id=48213 name=Batman count=2 :Batman has joined.\n");
    CHECK(to_sender(record) == "online id=48213 name=Batman count=2 :Batman has joined.\n");
}

TEST_CASE("render: renamed, with the tag to the sender alone", "[render][R52][R83]") {
    Record record = with_tag(record_of(RecordKind::renamed), "7");
    record.target = "q7mzxtrplw";
    CHECK(to_receivers(record) == "renamed id=48213 old=q7mzxtrplw name=Batman\n");
    CHECK(to_sender(record) == "renamed id=48213 old=q7mzxtrplw name=Batman tag=7\n");
    CHECK(to_sender(with_tag(record, "")) == "renamed id=48213 old=q7mzxtrplw name=Batman\n");
}

TEST_CASE("render: messages, to whom they are", "[render][R09][R57][R62]") {
    Record record = message_of(MessageScope::direct);
    record.target_id = 51990;
    record.target = "Joker";
    CHECK(to_receivers(with_tag(record, "7")) ==
          "message id=1042 from=48213 name=Batman to=51990 at=2026-11-20T12:31:05.123Z :Anyone here?\n");
    record = message_of(MessageScope::broadcast);
    CHECK(to_receivers(record) ==
          "message id=1042 from=48213 name=Batman to=all at=2026-11-20T12:31:05.123Z :Anyone here?\n");
    record = message_of(MessageScope::room);
    record.target = "lobby";
    record.text = "  : é😀 ";
    CHECK(to_receivers(record) ==
          "message id=1042 from=48213 name=Batman to=room:lobby at=2026-11-20T12:31:05.123Z :  : é😀 \n");
    record = message_of(MessageScope::group);
    record.target = "1234";
    CHECK(to_receivers(record) ==
          "message id=1042 from=48213 name=Batman to=group:1234 at=2026-11-20T12:31:05.123Z :Anyone here?\n");
    record.sequence = ~std::uint64_t{0};
    CHECK(to_receivers(record).starts_with("message id=18446744073709551615 from="));
}

TEST_CASE("render: the sender of a message hears ok if it asked, or that it was discarded", "[render][R13]") {
    Record record = message_of(MessageScope::direct);
    record.target_id = 51990;
    record.target = "Joker";
    CHECK(to_sender(record).empty());
    CHECK(to_sender(with_tag(record, "a.B_9-")) == "ok tag=a.B_9- id=1042\n");
    CHECK(to_sender(record, Outcome::discarded) ==
          "undelivered id=1042 to=51990 reason=disconnected :51990 (Joker) is now disconnected; the message was "
          "discarded.\n");
    CHECK(to_sender(with_tag(record, "7"), Outcome::discarded) ==
          "undelivered id=1042 to=51990 reason=disconnected tag=7"
          " :51990 (Joker) is now disconnected; the message was discarded.\n");
    std::string out = "before\n";
    append_undelivered(out, 9, 10000, "x", {});
    CHECK(out ==
          "before\nundelivered id=9 to=10000 reason=disconnected :10000 (x) is now disconnected; the message was "
          "discarded.\n");
}

TEST_CASE("render: offline, with every reason", "[render][R16][R85]") {
    for (const auto& [reason, word] :
         std::vector<std::pair<LeaveReason, std::string>>{{LeaveReason::quit, "quit"},
                                                          {LeaveReason::killed, "killed"},
                                                          {LeaveReason::lost, "lost"},
                                                          {LeaveReason::timeout, "timeout"},
                                                          {LeaveReason::kicked, "kicked"},
                                                          {LeaveReason::slow, "slow"},
                                                          {LeaveReason::shutdown, "shutdown"}})
        CHECK(to_receivers(leaving(reason)) ==
              "offline id=48213 name=Batman reason=" + word + " count=3 :Batman has left.\n");
    Record record = leaving(LeaveReason::quit);
    record.text = "see you";
    CHECK(to_receivers(record) == "offline id=48213 name=Batman reason=quit count=3 :Batman has left (see you).\n");
    CHECK(render_shutdown(48213, "Batman") ==
          "offline id=48213 name=Batman reason=shutdown count=0 :Batman has left.\n");
}

TEST_CASE("render: bye to the one who asked to leave", "[render][R48][R75]") {
    Record record = with_tag(leaving(LeaveReason::quit), "7");
    CHECK(to_sender(record).empty());
    record.flags = record_flag::says_bye;
    CHECK(to_sender(record) == "bye tag=7 :Session ended\n");
    CHECK(to_sender(with_tag(record, "")) == "bye :Session ended\n");
}

TEST_CASE("render: clients, one or all", "[render][R07][R08]") {
    std::string rows;
    append_client_info(rows, {48213, example, "Batman", true});
    append_client_info(rows, {51990, 0, "Joker", false});
    Record record = with_tag(record_of(RecordKind::clients), "7");
    record.text = rows;
    record.number = 2;
    record.flags = record_flag::is_list;
    record.target = "active";
    CHECK(to_sender(record) ==
          "client id=48213 name=Batman connected=2026-11-20T12:31:05.123Z you=yes tag=7\n"
          "client id=51990 name=Joker connected=1970-01-01T00:00:00.000Z tag=7\n"
          "end of=active count=2 tag=7\n");
    std::string one;
    append_client_info(one, {48213, example, "Batman", true});
    record.flags = 0;
    record.text = one;
    CHECK(to_sender(with_tag(record, "")) ==
          "client id=48213 name=Batman connected=2026-11-20T12:31:05.123Z you=yes\n");
    record.text = std::string_view(one).substr(1);  // no rows: none are made up
    CHECK(to_sender(record).find("Batman") == std::string::npos);
}

TEST_CASE("render: rooms", "[render][R29][R30]") {
    Record record = with_tag(record_of(RecordKind::joined), "7");
    record.target = "Cave";
    record.number = 3;
    CHECK(to_sender(record) == "joined room=Cave id=48213 name=Batman count=3 tag=7\n");
    CHECK(to_receivers(record) == "joined room=Cave id=48213 name=Batman count=3\n");
    record.kind = RecordKind::left;
    CHECK(to_sender(record) == "left room=Cave id=48213 name=Batman count=3 tag=7\n");
    CHECK(to_receivers(record) == "left room=Cave id=48213 name=Batman count=3\n");
    std::string rows;
    append_room_info(rows, {12, true, "lobby"});
    append_room_info(rows, {1, false, "Cave"});
    record = with_tag(record_of(RecordKind::rooms), "7");
    record.text = rows;
    record.number = 2;
    CHECK(to_sender(record) ==
          "room name=lobby count=12 you=yes tag=7\nroom name=Cave count=1 you=no tag=7\nend of=rooms count=2 tag=7\n");
    CHECK(to_receivers(record).empty());
    record.text = std::string_view(rows).substr(0, rows.size() - 1);  // half a row is none
    CHECK(to_sender(record).find("Cave") == std::string::npos);
}

TEST_CASE("render: groups", "[render][R63][R69][R72][R73]") {
    const auto about_group = [](RecordKind kind) {
        Record record = with_tag(record_of(kind), "7");
        record.value = 4711;
        record.number = 3;
        return record;
    };
    Record made = about_group(RecordKind::group_made);
    made.text = "48213,51990";
    made.scope = 1;
    CHECK(to_receivers(made) == "group id=4711 admin=48213 members=48213,51990 :Batman has made group 4711\n");
    CHECK(to_sender(made) == "group id=4711 admin=48213 members=48213,51990 tag=7 :Batman has made group 4711\n");
    made.scope = 2;
    CHECK(to_receivers(made).starts_with("invite group=4711 from=48213 name=Batman :"));
    Record approved = about_group(RecordKind::group_approved);
    approved.target_id = 51990;
    approved.target = "Joker";
    CHECK(to_receivers(approved) == "group-joined group=4711 id=51990 name=Joker count=3\n");
    CHECK(to_sender(approved) == "group-joined group=4711 id=51990 name=Joker count=3\nok tag=7\n");
    CHECK(to_sender(with_tag(approved, "")) == to_receivers(approved));
    CHECK(to_sender(about_group(RecordKind::group_left)) ==
          "group-left group=4711 id=48213 name=Batman count=3 tag=7\n");
    CHECK(to_receivers(about_group(RecordKind::group_rejected)) == "rejected group=4711\n");
    CHECK(to_sender(about_group(RecordKind::group_declined)) == "ok tag=7\n");
    CHECK(to_sender(with_tag(about_group(RecordKind::group_declined), "")).empty());
    CHECK(to_receivers(about_group(RecordKind::group_asked))
              .starts_with("join-request group=4711 id=48213 name=Batman :"));
    CHECK(to_sender(about_group(RecordKind::group_asked)).starts_with("pending group=4711 tag=7 :"));
    std::string rows;
    append_group_info(rows, {4711, 48213, "48213,51990"});
    Record list = with_tag(record_of(RecordKind::groups), "7");
    list.target = "activegroups";
    list.number = 1;
    list.text = rows;
    CHECK(to_sender(list) ==
          "group id=4711 admin=48213 members=48213,51990 tag=7\nend of=activegroups count=1 tag=7\n");
    list.text = std::string_view(rows).substr(0, rows.size() - 1);
    CHECK(to_sender(list) == "end of=activegroups count=1 tag=7\n");
}

TEST_CASE("render: help", "[render]") {
    std::string rows;
    append_help_info(rows, {"/send", "/send ID|NAME TEXT — writes to one client"});
    append_help_info(rows, {"/date", "/date — tells the server's date"});
    Record record = record_of(RecordKind::help);
    record.text = rows;
    record.number = 2;
    CHECK(to_sender(record) ==
          "help command=/send :/send ID|NAME TEXT — writes to one client\n"
          "help command=/date :/date — tells the server's date\n"
          "end of=help count=2\n");
    CHECK(to_sender(with_tag(record, "7")) ==
          "help command=/send tag=7 :/send ID|NAME TEXT — writes to one client\n"
          "help command=/date tag=7 :/date — tells the server's date\n"
          "end of=help count=2 tag=7\n");
}

TEST_CASE("render: the calculator's result", "[render][R47]") {
    Record record = record_of(RecordKind::result);
    record.text = "4.5 / -6";
    record.target = "-0.75";
    CHECK(to_sender(record) == "result value=-0.75 :4.5 / -6 = -0.75\n");
    CHECK(to_sender(with_tag(record, "7")) == "result value=-0.75 tag=7 :4.5 / -6 = -0.75\n");
}

TEST_CASE("render: echo, date and time", "[render][R36][R37][R42]") {
    Record record = record_of(RecordKind::echo);
    record.text = " as it is ";
    CHECK(to_sender(record) == "echo : as it is \n");
    CHECK(to_sender(with_tag(record, "7")) == "echo tag=7 : as it is \n");
    record.text = {};
    CHECK(to_sender(record) == "echo :\n");
    CHECK(to_sender(record_of(RecordKind::date)) == "date value=" + local_date(example) + '\n');
    CHECK(to_sender(with_tag(record_of(RecordKind::time), "7")) == "time value=" + local_time(example) + " tag=7\n");
}

TEST_CASE("render: errors, with each code's own word", "[render][R86]") {
    Record record = record_of(RecordKind::error);
    record.number = static_cast<std::uint32_t>(ErrorCode::empty_name);
    record.text = "Username can't be empty";
    CHECK(to_sender(record) == "error code=empty-name :Username can't be empty\n");
    CHECK(to_sender(with_tag(record, "7")) == "error code=empty-name tag=7 :Username can't be empty\n");
    const std::vector<std::pair<ErrorCode, std::string>> codes = {{ErrorCode::unknown_command, "unknown-command"},
                                                                  {ErrorCode::bad_arguments, "bad-arguments"},
                                                                  {ErrorCode::bad_text, "bad-text"},
                                                                  {ErrorCode::line_too_long, "line-too-long"},
                                                                  {ErrorCode::bad_name, "bad-name"},
                                                                  {ErrorCode::name_taken, "name-taken"},
                                                                  {ErrorCode::no_such_client, "no-such-client"},
                                                                  {ErrorCode::self, "self"},
                                                                  {ErrorCode::too_fast, "too-fast"},
                                                                  {ErrorCode::no_such_room, "no-such-room"},
                                                                  {ErrorCode::not_a_member, "not-a-member"},
                                                                  {ErrorCode::forbidden, "forbidden"}};
    for (const auto& [code, word] : codes) {
        record.number = static_cast<std::uint32_t>(code);
        CHECK(to_sender(record) == "error code=" + word + " :Username can't be empty\n");
    }
    record.number = 4'000'000'000;
    CHECK(to_sender(record).starts_with("error code=busy :"));
}

TEST_CASE("render: kinds that nobody hears of, and kinds of another version, say nothing", "[render]") {
    for (const std::uint16_t kind : {std::uint16_t{0}, static_cast<std::uint16_t>(RecordKind::closed),
                                     static_cast<std::uint16_t>(RecordKind::note), std::uint16_t{999}}) {
        CHECK(to_receivers(record_of(static_cast<RecordKind>(kind))).empty());
        CHECK(to_sender(record_of(static_cast<RecordKind>(kind))).empty());
    }
}

TEST_CASE("render: every line is one line, and no longer than the protocol allows", "[render]") {
    constexpr std::size_t max_line = 4096;
    const std::string text(max_line - 1, 'x');
    const std::string name(max_name_size, 'n');
    const std::string tag(max_tag_size, '7');
    for (auto kind = static_cast<std::uint16_t>(RecordKind::connected);
         kind <= static_cast<std::uint16_t>(RecordKind::note); ++kind) {
        Record record = with_tag(record_of(static_cast<RecordKind>(kind)), tag);
        record.sequence = ~std::uint64_t{0};
        record.number = record.sender_id = record.target_id = ~std::uint32_t{0};
        record.flags = record_flag::says_bye;
        record.name = record.target = name;
        if (record.kind != RecordKind::clients && record.kind != RecordKind::help) record.text = text;
        for (const std::string& line :
             {to_receivers(record), to_sender(record), to_sender(record, Outcome::discarded)}) {
            INFO(kind << ' ' << line.substr(0, 60));
            CHECK(line.size() <= max_line + 512);
            if (!line.empty()) CHECK(line.find('\n') == line.size() - 1);
        }
    }
}

TEST_CASE("render: a list of clients takes the room that is reckoned for it", "[render][R08][R70]") {
    const std::string longest(max_name_size, 'n');
    const std::string tag(max_tag_size, 't');
    std::string rows;
    append_client_info(rows, {highest_client_id, 1'764'000'000'000'000, longest, true});
    Record record;
    record.kind = RecordKind::clients;
    record.tag = tag;
    record.text = rows;
    std::string lines;
    CHECK(render_for_sender(record, Outcome::accepted, lines).size() <= largest_client_line);
    record.text = {};
    record.number = 1'000'000;
    record.flags = record_flag::is_list;
    CHECK(render_for_sender(record, Outcome::accepted, lines).size() <= 4096);
}

}  // namespace render_test
