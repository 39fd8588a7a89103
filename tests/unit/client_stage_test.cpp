// The stages of the client's chat: what is known in each, how long each may take, and the login.
#include "client/net/deadline.h"
#include "client/net/plain_stream.h"
#include "client/talk/entry.h"
#include "client/talk/memberships.h"
#include "client/talk/stage.h"
#include "tests/support/catch.h"
#include "tests/unit/scratch.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace client_stage_test {

using namespace chat;
using Kind = EntryStep::Kind;

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

ServerLine line(const std::string& text) {
    return parse_server_line(text).value();
}

// A connection whose other end is kept open.
struct Ends {
    std::unique_ptr<Link> link;
    UniqueFd server;
};

Ends connected() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return {std::make_unique<Link>(Connection(std::make_unique<PlainStream>(UniqueFd(ends[0])))), UniqueFd(ends[1])};
}

Entry first_entry(Ends& ends, std::optional<std::string> name = "Batman") {
    return {std::move(ends.link), std::move(name), false, std::nullopt};
}

Entry entry_back(Ends& ends) {
    return {std::move(ends.link), "Batman", false, Return{"Batman", 2}};
}

const Viewer viewer{"48213", "q7mzxtrplw"};

}  // namespace

TEST_CASE("a deadline passes once its time is over and nothing was sent", "[stage]") {
    const Ends ends = connected();
    Deadline distant(hours(1), ends.link->connection.sent());
    CHECK_FALSE(distant.has_passed(ends.link->connection.sent()));
    CHECK(distant.milliseconds_left() > 60'000);

    Deadline soon(milliseconds(1), ends.link->connection.sent());
    CHECK(test::eventually([&] { return soon.milliseconds_left() == 0; }));
    CHECK(soon.has_passed(ends.link->connection.sent()));
}

TEST_CASE("a deadline restarts when something was sent meanwhile", "[stage]") {
    const Ends ends = connected();
    Deadline deadline(milliseconds(500), ends.link->connection.sent());
    ends.link->connection.send("/login Batman");
    REQUIRE(test::eventually([&] { return deadline.milliseconds_left() == 0; }));
    CHECK_FALSE(deadline.has_passed(ends.link->connection.sent()));
    CHECK(deadline.milliseconds_left() > 0);
    CHECK(test::eventually([&] { return deadline.has_passed(ends.link->connection.sent()); }));
}

TEST_CASE("before the first arrival only another name is accepted, and there is no reconnecting", "[stage]") {
    Ends ends = connected();
    const Deadline deadline(hours(1), ends.link->connection.sent());
    const Link* const link = ends.link.get();

    Stage stage = AwaitingWelcome{first_entry(ends), deadline};
    CHECK(link_of(stage) == link);
    CHECK_FALSE(accepts_lines(stage));
    CHECK_FALSE(plan_return(stage, "Batman"));
    CHECK(milliseconds_left(stage) > 0);

    stage = LoggingIn{std::move(std::get<AwaitingWelcome>(stage).entry), deadline};
    CHECK(link_of(stage) == link);
    CHECK_FALSE(accepts_lines(stage));
    CHECK_FALSE(plan_return(stage, "Batman"));
    CHECK(milliseconds_left(stage) > 0);

    stage = Naming{std::move(std::get<LoggingIn>(stage).entry)};
    CHECK(link_of(stage) == link);
    CHECK(accepts_lines(stage));
    CHECK_FALSE(plan_return(stage, "Batman"));
    CHECK(milliseconds_left(stage) == -1);
}

TEST_CASE("a client reconnects under its latest name", "[stage]") {
    Ends ends = connected();
    Stage stage = Talking{std::move(ends.link), {}};
    CHECK(accepts_lines(stage));
    CHECK(milliseconds_left(stage) == -1);
    const auto back = plan_return(stage, "Nightwing");
    REQUIRE(back);
    CHECK(back->name == "Nightwing");
    CHECK(back->names_refused == 0);
}

TEST_CASE("while reconnecting, lines are accepted at any time, and a further loss changes nothing", "[stage]") {
    const auto comes_back = [](const Stage& stage) {
        const auto back = plan_return(stage, "q7mzxtrplw");
        return accepts_lines(stage) && back && back->name == "Batman" && back->names_refused == 2;
    };
    Stage stage = Away{{"Batman", 2}};
    CHECK(link_of(stage) == nullptr);
    CHECK(take_link(stage) == nullptr);
    CHECK(comes_back(stage));

    Ends ends = connected();
    const Deadline deadline(hours(1), ends.link->connection.sent());
    stage = AwaitingWelcome{entry_back(ends), deadline};
    CHECK(comes_back(stage));
    stage = LoggingIn{std::move(std::get<AwaitingWelcome>(stage).entry), deadline};
    CHECK(comes_back(stage));
    stage = Naming{std::move(std::get<LoggingIn>(stage).entry)};
    CHECK(comes_back(stage));
}

TEST_CASE("leaving keeps the connection, takes no more input and does not reconnect", "[stage]") {
    Ends ends = connected();
    const Deadline deadline(hours(1), ends.link->connection.sent());
    const Link* const link = ends.link.get();
    Stage stage = Talking{std::move(ends.link), {}};
    stage = Leaving{take_link(stage), deadline, false, "/quit"};
    CHECK(link_of(stage) == link);
    CHECK_FALSE(accepts_lines(stage));
    CHECK_FALSE(plan_return(stage, "Batman"));
    CHECK(milliseconds_left(stage) > 0);

    stage = Over{1};
    CHECK(link_of(stage) == nullptr);
    CHECK_FALSE(accepts_lines(stage));
    CHECK_FALSE(plan_return(stage, "Batman"));
    CHECK(milliseconds_left(stage) == 0);
}

TEST_CASE("the welcome is followed by the login, or by nothing where the assigned name is kept", "[stage]") {
    const std::string welcome = "welcome id=48213 name=q7mzxtrplw limit=5 version=1 :Welcome!";
    Ends ends = connected();
    Ends others = connected();
    const Entry named = first_entry(ends);
    const Entry guest = first_entry(others, std::nullopt);

    const EntryStep before = step_at_welcome(named, line("notice :Maintenance at noon"));
    CHECK(before.kind == Kind::refuse_for_good);
    CHECK_FALSE(before.shows_line);

    const EntryStep step = step_at_welcome(named, line(welcome));
    CHECK(step.kind == Kind::log_in);
    CHECK_FALSE(step.shows_line);

    const EntryStep stays = step_at_welcome(guest, line(welcome));
    CHECK(stays.kind == Kind::enter);
    CHECK(stays.shows_line);

    const EntryStep full = step_at_welcome(named, line("refused code=limit :Connection Limit Exceeded !!"));
    CHECK(full.kind == Kind::refuse);
    CHECK(full.reason == "Connection Limit Exceeded !!");
    CHECK(step_at_welcome(named, line("refused code=busy")).reason == "The server refused the connection.");
}

TEST_CASE("the first welcome leads to the name question, a later one to the login", "[stage]") {
    const ServerLine welcome = line("welcome id=48213 name=q7mzxtrplw limit=5 version=1 :Welcome!");
    Ends ends = connected();
    Entry entry = arriving(std::move(ends.link->connection), {.name = std::nullopt, .is_to_be_asked = true});
    CHECK(step_at_welcome(entry, welcome).kind == Kind::ask_name);
    CHECK_FALSE(step_at_welcome(entry, welcome).shows_line);
    entry.name = "Batman";
    CHECK(step_at_welcome(entry, welcome).kind == Kind::log_in);
    CHECK_FALSE(step_at_login(entry, line("message id=1 from=2 name=Robin to=all :hi"), viewer).shows_line);
    CHECK(step_at_login(entry, line("renamed id=48213 old=q7mzxtrplw name=Batman"), viewer).kind == Kind::enter);
}

TEST_CASE("a person who is asked for a name is unseen until they are in", "[stage]") {
    Ends ends = connected();
    const auto asked = [&ends] {
        return arriving(std::move(ends.link->connection), {.name = std::nullopt, .is_to_be_asked = true});
    };
    Stage stage = Naming{asked()};
    REQUIRE(unseen_entry(stage) != nullptr);
    unseen_entry(stage)->link.reset();
    CHECK(link_of(stage) == nullptr);
    CHECK(accepts_lines(stage));
    CHECK(unseen_entry(stage) != nullptr);
    stage = LoggingIn{std::move(std::get<Naming>(stage).entry), Deadline(hours(1), 0)};
    CHECK(unseen_entry(stage) != nullptr);

    Ends others = connected();
    stage = Naming{first_entry(others)};
    CHECK(unseen_entry(stage) == nullptr);
    Ends again = connected();
    Entry back = entry_back(again);
    back.asks_name = true;
    stage = Naming{std::move(back)};
    CHECK(unseen_entry(stage) == nullptr);
    stage = Talking{take_link(stage), {}};
    CHECK(unseen_entry(stage) == nullptr);
}

TEST_CASE("a refusal has a hint", "[stage]") {
    Ends ends = connected();
    const Entry entry = first_entry(ends);
    const auto hint = [&entry](const std::string& refusal) { return step_at_welcome(entry, line(refusal)).hint; };
    CHECK(hint("refused code=limit :Connection Limit Exceeded !!") ==
          "The server is full. Try again later; its operator can raise limits.max_clients.");
    CHECK(hint("refused code=limit :Too many connections from your address").ends_with("limits.max_per_address."));
    CHECK(hint("refused code=banned :spam") == "Only the server's operator can lift this.");
    CHECK(hint("refused code=busy :The server is busy; try again later").empty());
}

TEST_CASE("an arrival is shown if the others saw the assigned name before", "[stage]") {
    const ServerLine renamed = line("renamed id=48213 old=q7mzxtrplw name=Batman");
    Ends ends = connected();
    const Entry entry = first_entry(ends);
    CHECK(step_at_login(entry, renamed, viewer).kind == Kind::enter);
    CHECK_FALSE(step_at_login(entry, renamed, viewer).shows_line);
    entry.link->announced = true;
    CHECK(step_at_login(entry, renamed, viewer).shows_line);

    Ends again = connected();
    const Entry back = entry_back(again);
    back.link->announced = true;
    CHECK(step_at_login(back, renamed, viewer).kind == Kind::enter);
    CHECK_FALSE(step_at_login(back, renamed, viewer).shows_line);
}

TEST_CASE("at the login other clients are shown, except while reconnecting", "[stage]") {
    const ServerLine robin = line("online id=51990 name=Robin count=2 :Robin has joined.");
    const ServerLine other = line("renamed id=51990 old=Robin name=Nightwing");
    const ServerLine assigned = line("online id=48213 name=q7mzxtrplw count=2 :q7mzxtrplw has joined.");
    Ends ends = connected();
    Ends again = connected();
    const Entry first = first_entry(ends);
    const Entry back = entry_back(again);
    for (const ServerLine* news : {&robin, &other, &assigned}) {
        CHECK(step_at_login(first, *news, viewer).kind == Kind::wait);
        CHECK(step_at_login(first, *news, viewer).shows_line);
        CHECK(step_at_login(back, *news, viewer).kind == Kind::wait);
        CHECK_FALSE(step_at_login(back, *news, viewer).shows_line);
    }
}

TEST_CASE("a login is answered by our own arrival too, or by an error", "[stage]") {
    Ends ends = connected();
    const Entry entry = first_entry(ends);
    const EntryStep arrival = step_at_login(entry, line("online id=48213 name=Batman count=1 :x"), viewer);
    CHECK(arrival.kind == Kind::enter);
    CHECK(arrival.shows_line);

    const EntryStep taken = step_at_login(entry, line("error code=name-taken :The name Batman is taken."), viewer);
    CHECK(taken.kind == Kind::choose_another);
    CHECK(taken.reason == "The name Batman is taken.");
    CHECK_FALSE(taken.shows_line);
    CHECK(step_at_login(entry, line("error code=name-taken"), viewer).reason == "The server refused the name.");
}

TEST_CASE("a name that would be another line is not sent", "[stage]") {
    CHECK(can_be_sent("Batman"));
    CHECK(can_be_sent("J\xC3\xBCrgen"));
    CHECK_FALSE(can_be_sent("Bat\nman"));
    CHECK_FALSE(can_be_sent("Bat\x7Fman"));
}

TEST_CASE("a new connection joins the same rooms", "[stage]") {
    using Commands = std::vector<std::string>;
    Memberships rooms({"ops"});
    CHECK(rooms.commands() == Commands{"/join ops"});
    rooms.learn(line("joined room=pub id=48213 name=Batman"));
    rooms.learn(line("joined room=OPS id=48213 name=Batman"));
    CHECK(rooms.commands() == Commands{"/join pub", "/join OPS"});
    rooms.learn(line("left room=lobby id=48213 name=Batman"));
    rooms.learn(line("left room=Pub id=48213 name=Batman"));
    CHECK(rooms.commands() == Commands{"/join OPS", "/leave lobby"});
    rooms.learn(line("joined room=lobby id=48213 name=Batman"));
    CHECK(rooms.commands() == Commands{"/join OPS"});
}

}  // namespace client_stage_test
