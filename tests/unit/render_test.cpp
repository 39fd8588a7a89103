// The exact bytes of every line that the server sends.
#include "chat-delivery/dialects/line/render.h"

#include "chat-delivery/dialects/line/render_session.h"
#include "shared/records/answer.h"
#include "shared/records/error_code.h"
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

Record by_batman(Record record) {
    record.sequence = 1042;
    record.at = example;
    record.sender_id = 48213;
    record.session = 7;
    if (record.name.empty()) record.name = "Batman";
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

Record message_to(const MessageTarget& target, std::string_view text = "Anyone here?") {
    return by_batman(records::Message{.to = target, .text = text}.record());
}

Record leaving(const records::Departed& departed) {
    return by_batman(departed.record());
}

}  // namespace

TEST_CASE("render: welcome", "[render][R01][R02][R05]") {
    std::string text;
    Record record = by_batman(records::Connected{.peer = "127.0.0.1:50312", .limit = 5}.record(text));
    record.name = "q7mzxtrplw";
    CHECK(to_sender(record) ==
          "welcome id=48213 name=q7mzxtrplw connected=2026-11-20T12:31:05.123Z limit=5 version=1 accounts=off"
          " :Welcome! You are q7mzxtrplw (48213). /help lists the commands.\n");
    CHECK(to_receivers(record).empty());
}

TEST_CASE("render: online, to the new client too", "[render][R54]") {
    const Record record = by_batman(records::Online{.count = 2}.record());
    CHECK(to_receivers(record) == "online id=48213 name=Batman count=2 :Batman has joined.\n");
    CHECK(to_sender(record) == "online id=48213 name=Batman count=2 :Batman has joined.\n");
}

TEST_CASE("render: renamed, with the tag to the sender alone", "[render][R52][R83]") {
    const Record record =
        with_tag(by_batman(records::Renamed{.name = "Batman", .old_name = "q7mzxtrplw"}.record()), "7");
    CHECK(to_receivers(record) == "renamed id=48213 old=q7mzxtrplw name=Batman\n");
    CHECK(to_sender(record) == "renamed id=48213 old=q7mzxtrplw name=Batman tag=7\n");
    CHECK(to_sender(with_tag(record, "")) == "renamed id=48213 old=q7mzxtrplw name=Batman\n");
}

TEST_CASE("render: messages, with their target", "[render][R09][R57][R62]") {
    Record record = message_to(ToClient{51990, 8, "Joker"});
    CHECK(to_receivers(with_tag(record, "7")) ==
          "message id=1042 from=48213 name=Batman to=51990 at=2026-11-20T12:31:05.123Z :Anyone here?\n");
    record = message_to(ToEveryone{});
    CHECK(to_receivers(record) ==
          "message id=1042 from=48213 name=Batman to=all at=2026-11-20T12:31:05.123Z :Anyone here?\n");
    record = message_to(ToRoom{"lobby"}, "  : é😀 ");
    CHECK(to_receivers(record) ==
          "message id=1042 from=48213 name=Batman to=room:lobby at=2026-11-20T12:31:05.123Z :  : é😀 \n");
    record = message_to(ToGroup{"1234"});
    CHECK(to_receivers(record) ==
          "message id=1042 from=48213 name=Batman to=group:1234 at=2026-11-20T12:31:05.123Z :Anyone here?\n");
    record.sequence = ~std::uint64_t{0};
    CHECK(to_receivers(record).starts_with("message id=18446744073709551615 from="));
}

TEST_CASE("render: the sender of a message receives ok if the line was tagged, or undelivered", "[render][R13]") {
    Record record = message_to(ToClient{51990, 8, "Joker"});
    CHECK(to_sender(record).empty());
    CHECK(to_sender(with_tag(record, "a.B_9-")) == "ok tag=a.B_9- id=1042\n");
    CHECK(to_sender(record, Outcome::discarded) ==
          "undelivered id=1042 to=51990 reason=disconnected :51990 (Joker) is now disconnected; the message was "
          "discarded.\n");
    CHECK(to_sender(with_tag(record, "7"), Outcome::discarded) ==
          "undelivered id=1042 to=51990 reason=disconnected tag=7"
          " :51990 (Joker) is now disconnected; the message was discarded.\n");
    std::string out = "before\n";
    append_undelivered(out, {.id = 9, .to = 10000, .name = "x"});
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
        CHECK(to_receivers(leaving({.reason = reason, .count = 3})) ==
              "offline id=48213 name=Batman reason=" + word + " count=3 :Batman has left.\n");
    CHECK(to_receivers(leaving({.reason = LeaveReason::quit, .word = "see you", .count = 3})) ==
          "offline id=48213 name=Batman reason=quit count=3 :Batman has left (see you).\n");
    CHECK(render_shutdown(48213, "Batman") ==
          "offline id=48213 name=Batman reason=shutdown count=0 :Batman has left.\n");
}

TEST_CASE("render: bye to the client that asked to leave", "[render][R48][R75]") {
    CHECK(to_sender(with_tag(leaving({.reason = LeaveReason::quit}), "7")).empty());
    const Record record = with_tag(leaving({.reason = LeaveReason::quit, .says_bye = true}), "7");
    CHECK(to_sender(record) == "bye tag=7 :Session ended\n");
    CHECK(to_sender(with_tag(record, "")) == "bye :Session ended\n");
}

TEST_CASE("render: the last line to a client that the server disconnects", "[render]") {
    const std::string line = "offline id=48213 name=Batman reason=timeout count=3 :Batman has left.\n";
    CHECK(to_sender(leaving({.reason = LeaveReason::timeout, .count = 3})) == line);
    CHECK(to_sender(leaving({.reason = LeaveReason::timeout, .count = 3, .broken = true})).empty());
    CHECK(to_sender(leaving({.reason = LeaveReason::kicked, .word = "no", .count = 3})) ==
          "offline id=48213 name=Batman reason=kicked count=3 :Batman has left (no).\n");
    CHECK(to_sender(leaving({.reason = LeaveReason::lost, .count = 3})).empty());
}

TEST_CASE("render: clients, one or all", "[render][R07][R08]") {
    std::string rows;
    append_client_info(rows, {48213, example, "Batman", true});
    append_client_info(rows, {51990, 0, "Joker", false});
    append_client_info(rows, {51991, 0, "Robin", false, false, true, true, true});
    CHECK(to_sender(with_tag(by_batman(records::Clients{.rows = rows, .count = 3, .list = "members"}.record()), "7")) ==
          "client id=48213 name=Batman connected=2026-11-20T12:31:05.123Z you=yes tag=7\n"
          "client id=51990 name=Joker connected=1970-01-01T00:00:00.000Z tag=7\n"
          "client id=51991 name=Robin connected=1970-01-01T00:00:00.000Z away=yes op=yes voice=yes tag=7\n"
          "end of=members count=3 tag=7\n");
    std::string one;
    append_client_info(one, {48213, example, "Batman", true});
    CHECK(to_sender(by_batman(records::Clients{.rows = one}.record())) ==
          "client id=48213 name=Batman connected=2026-11-20T12:31:05.123Z you=yes\n");
    const std::string_view no_row = std::string_view(one).substr(1);
    CHECK(to_sender(by_batman(records::Clients{.rows = no_row}.record())).find("Batman") == std::string::npos);
}

TEST_CASE("render: rooms", "[render][R29][R30]") {
    Record record = with_tag(by_batman(records::Joined{.room = "Cave", .count = 3}.record()), "7");
    CHECK(to_sender(record) == "joined room=Cave id=48213 name=Batman count=3 tag=7\n");
    CHECK(to_receivers(record) == "joined room=Cave id=48213 name=Batman count=3\n");
    record = with_tag(by_batman(records::Left{.room = "Cave", .count = 3}.record()), "7");
    CHECK(to_sender(record) == "left room=Cave id=48213 name=Batman count=3 tag=7\n");
    CHECK(to_receivers(record) == "left room=Cave id=48213 name=Batman count=3\n");
    std::string rows;
    append_room_info(rows, {12, true, "lobby"});
    append_room_info(rows, {1, false, "Cave"});
    record = with_tag(by_batman(records::Rooms{.rows = rows, .count = 2}.record()), "7");
    CHECK(to_sender(record) ==
          "room name=lobby count=12 you=yes tag=7\nroom name=Cave count=1 you=no tag=7\nend of=rooms count=2 tag=7\n");
    CHECK(to_receivers(record).empty());
    const std::string_view half = std::string_view(rows).substr(0, rows.size() - 1);
    CHECK(to_sender(by_batman(records::Rooms{.rows = half}.record())).find("Cave") == std::string::npos);
}

TEST_CASE("render: groups", "[render][R63][R69][R72][R73]") {
    const auto tagged = [](const Record& record) { return with_tag(by_batman(record), "7"); };
    const Record made = tagged(records::GroupMade{.group = 4711, .members = "48213,51990"}.record());
    CHECK(to_receivers(made) == "group id=4711 admin=48213 members=48213,51990 :Batman has made group 4711\n");
    CHECK(to_sender(made) == "group id=4711 admin=48213 members=48213,51990 tag=7 :Batman has made group 4711\n");
    CHECK(to_receivers(tagged(records::GroupMade{.group = 4711, .others = Standing::invited}.record()))
              .starts_with("invite group=4711 from=48213 name=Batman :"));
    const Record approved =
        tagged(records::GroupApproved{.group = 4711, .count = 3, .client_id = 51990, .client_name = "Joker"}.record());
    CHECK(to_receivers(approved) == "group-joined group=4711 id=51990 name=Joker count=3\n");
    CHECK(to_sender(approved) == "group-joined group=4711 id=51990 name=Joker count=3\nok tag=7\n");
    CHECK(to_sender(with_tag(approved, "")) == to_receivers(approved));
    const Record joined = tagged(records::GroupJoined{.group = 4711, .count = 3}.record());
    CHECK(to_receivers(joined) == "group-joined group=4711 id=48213 name=Batman count=3\n");
    CHECK(to_sender(joined) == "group-joined group=4711 id=48213 name=Batman count=3 tag=7\n");
    const Record left = tagged(records::GroupLeft{.group = 4711, .count = 3}.record());
    CHECK(to_receivers(left) == "group-left group=4711 id=48213 name=Batman count=3\n");
    CHECK(to_sender(left) == "group-left group=4711 id=48213 name=Batman count=3 tag=7\n");
    const Record rejected = tagged(records::GroupRejected{.group = 4711, .count = 3}.record());
    CHECK(to_receivers(rejected) == "rejected group=4711\n");
    CHECK(to_sender(rejected) == "ok tag=7\n");
    const Record declined = tagged(records::GroupDeclined{.group = 4711}.record());
    CHECK(to_receivers(declined) == "declined group=4711 id=48213 name=Batman\n");
    CHECK(to_sender(declined) == "ok tag=7\n");
    CHECK(to_sender(with_tag(declined, "")).empty());
    const Record asked = tagged(records::GroupAsked{.group = 4711}.record());
    CHECK(to_receivers(asked) ==
          "join-request group=4711 id=48213 name=Batman :Batman asks to join: /approve or /reject 4711 48213\n");
    CHECK(to_sender(asked).starts_with("pending group=4711 tag=7 :"));
    const Record admin = by_batman(records::GroupAdmin{.group = 4711}.record());
    CHECK(to_receivers(admin) == "group-admin group=4711 id=48213 name=Batman\n");
    CHECK(to_sender(admin) == to_receivers(admin));
    std::string rows;
    append_group_info(rows, {4711, 48213, "48213,51990"});
    const auto list = [&](std::string_view packed) {
        return tagged(records::Groups{.rows = packed, .count = 1, .list = "activegroups"}.record());
    };
    CHECK(to_sender(list(rows)) ==
          "group id=4711 admin=48213 members=48213,51990 tag=7\nend of=activegroups count=1 tag=7\n");
    CHECK(to_sender(list(std::string_view(rows).substr(0, rows.size() - 1))) == "end of=activegroups count=1 tag=7\n");
}

TEST_CASE("render: help", "[render]") {
    std::string rows;
    append_help_info(rows, {"/send", "/send ID|NAME TEXT — writes to one client"});
    append_help_info(rows, {"/date", "/date — shows the server's date"});
    const Record record = by_batman(records::Help{.rows = rows, .count = 2}.record());
    CHECK(to_sender(record) ==
          "help command=/send :/send ID|NAME TEXT — writes to one client\n"
          "help command=/date :/date — shows the server's date\n"
          "end of=help count=2\n");
    CHECK(to_sender(with_tag(record, "7")) ==
          "help command=/send tag=7 :/send ID|NAME TEXT — writes to one client\n"
          "help command=/date tag=7 :/date — shows the server's date\n"
          "end of=help count=2 tag=7\n");
}

TEST_CASE("render: the calculator's result", "[render][R47]") {
    const Record record = by_batman(records::Result{.expression = "4.5 / -6", .value = "-0.75"}.record());
    CHECK(to_sender(record) == "result value=-0.75 :4.5 / -6 = -0.75\n");
    CHECK(to_sender(with_tag(record, "7")) == "result value=-0.75 tag=7 :4.5 / -6 = -0.75\n");
}

TEST_CASE("render: echo, date and time", "[render][R36][R37][R42]") {
    const Record record = by_batman(records::Echo{.text = " as it is "}.record());
    CHECK(to_sender(record) == "echo : as it is \n");
    CHECK(to_sender(with_tag(record, "7")) == "echo tag=7 : as it is \n");
    CHECK(to_sender(by_batman(records::Echo{}.record())) == "echo :\n");
    CHECK(to_sender(by_batman(records::Date{}.record())) == "date value=" + local_date(example) + '\n');
    CHECK(to_sender(with_tag(by_batman(records::Time{}.record()), "7")) ==
          "time value=" + local_time(example) + " tag=7\n");
}

TEST_CASE("render: errors, with each code's own word", "[render][R86]") {
    const auto error = [](ErrorCode code) {
        return by_batman(records::Error{.code = code, .text = "Username can't be empty"}.record());
    };
    const Record record = error(ErrorCode::empty_name);
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
    for (const auto& [code, word] : codes)
        CHECK(to_sender(error(code)) == "error code=" + word + " :Username can't be empty\n");
    CHECK(to_sender(error(static_cast<ErrorCode>(4'000'000'000))).starts_with("error code=busy :"));
}

TEST_CASE("render: kinds without a line, and kinds of another version, produce nothing", "[render]") {
    for (const RecordKind kind :
         {RecordKind::none, RecordKind::closed, RecordKind::note, RecordKind::forget, static_cast<RecordKind>(999)}) {
        CHECK(to_receivers(by_batman({.kind = kind})).empty());
        CHECK(to_sender(by_batman({.kind = kind})).empty());
    }
}

TEST_CASE("render: every line is one line, and no longer than the protocol allows", "[render]") {
    constexpr std::size_t max_line = 4096;
    const std::string text(max_line - 1, 'x');
    const std::string name(max_name_size, 'n');
    const std::string tag(max_tag_size, '7');
    std::string arrival;
    for (Record record : {records::Connected{.peer = name, .limit = ~std::uint32_t{0}}.record(arrival),
                          records::Online{.count = ~std::uint32_t{0}}.record(),
                          records::Renamed{.name = name, .old_name = name}.record(),
                          records::Departed{.reason = LeaveReason::timeout, .word = text, .says_bye = true}.record(),
                          records::Message{.to = ToClient{~std::uint32_t{0}, 0, name}, .text = text}.record(),
                          records::Message{.to = ToRoom{name}, .text = text}.record(),
                          records::Message{.to = ToGroup{name}, .text = text}.record(),
                          records::Message{.to = ToEveryone{}, .text = text}.record(),
                          records::Clients{.count = ~std::uint32_t{0}, .list = name}.record(),
                          records::Help{.count = ~std::uint32_t{0}}.record(), records::Echo{.text = text}.record(),
                          records::Date{}.record(), records::Time{}.record(),
                          records::Error{.code = ErrorCode::unknown_command, .text = text}.record(),
                          records::Result{.expression = text, .value = name}.record(),
                          records::Joined{.room = name, .count = ~std::uint32_t{0}}.record(),
                          records::Left{.room = name, .count = ~std::uint32_t{0}}.record(),
                          records::Announcement{.text = text}.record(), records::GroupAsked{.group = 9999}.record()}) {
        record = with_tag(by_batman(record), tag);
        record.sequence = ~std::uint64_t{0};
        record.sender_id = ~std::uint32_t{0};
        record.name = name;
        for (const std::string& line :
             {to_receivers(record), to_sender(record), to_sender(record, Outcome::discarded)}) {
            INFO(line.substr(0, 60));
            CHECK(line.size() <= max_line + 512);
            if (!line.empty()) CHECK(line.find('\n') == line.size() - 1);
        }
    }
}

TEST_CASE("render: a list of clients takes the calculated space", "[render][R08][R70]") {
    const std::string longest(max_name_size, 'n');
    const std::string tag(max_tag_size, 't');
    std::string rows;
    append_client_info(rows, {highest_client_id, 1'764'000'000'000'000, longest, true, true, true, true, true});
    std::string lines;
    const auto size_of = [&](const records::Clients& clients) {
        return render_for_sender(with_tag(clients.record(), tag), Outcome::accepted, lines).size();
    };
    CHECK(size_of({.rows = rows}) <= largest_client_line);
    CHECK(size_of({.count = 1'000'000, .list = longest}) <= 4096);
}

}  // namespace render_test
