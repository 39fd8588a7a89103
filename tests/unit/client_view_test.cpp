// What people see of each line from the server.
#include "client/talk/directory.h"
#include "client/talk/help_overview.h"
#include "client/talk/membership_view.h"
#include "client/talk/own_message.h"
#include "client/talk/timestamps.h"
#include "client/talk/view.h"
#include "client/talk/wording.h"
#include "tests/support/catch.h"

#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace client_view_test {

namespace {

// 10:01 and 12:31:05 UTC of 20 November 2026, in a zone one hour east of it.
constexpr std::time_t one_past_ten = 1795165260;
const chat::Viewer viewer{"48213", "Batman"};

template <typename... Known>
std::string shown(const char* line, const Known&... known) {
    ::setenv("TZ", "CET-1", 1);
    ::tzset();
    return chat::sentence(chat::parse_server_line(line).value(), viewer, one_past_ten, known...).value_or("nothing");
}

}  // namespace

TEST_CASE("arrivals and departures read as in the transcript", "[view][R54][R58]") {
    CHECK(shown("online id=48213 name=Batman count=1 :Batman has joined.") ==
          "Server: time=10.01 Batman has joined. Member count=1");
    CHECK(shown("offline id=48213 name=Batman reason=quit count=1 :Batman has left.") ==
          "Server: time=10.01 Batman has left. Member count=1");
    CHECK(shown("offline id=48213 name=Batman reason=quit count=0 :Batman has left (lunch).") ==
          "Server: time=10.01 Batman has left (lunch). Member count=0");
    CHECK(shown("online id=48213 name=Batman count=3") == "Server: time=10.01 Batman has joined. Member count=3");
    CHECK(shown("offline id=48213 name=Batman") == "Server: time=10.01 Batman has left.");
}

TEST_CASE("a viewer who sees times needs none in events", "[view]") {
    ::setenv("TZ", "CET-1", 1);
    ::tzset();
    const chat::Viewer with_times{"48213", "Batman", true};
    const auto seen = [&with_times](const char* line) {
        return chat::sentence(chat::parse_server_line(line).value(), with_times, one_past_ten).value_or("nothing");
    };
    CHECK(seen("online id=48213 name=Batman count=1 :Batman has joined.") ==
          "Server: Batman has joined. Member count=1");
    CHECK(seen("joined room=ops id=51990 name=Robin count=2") ==
          "Server: Robin has joined the room ops. Member count=2");
    CHECK(seen("client id=51990 name=Robin connected=2026-11-20T07:31:05.123Z") ==
          "Server: 51990 Robin, connected since 08:31");
}

TEST_CASE("a day that has begun is shown once", "[view]") {
    ::setenv("TZ", "CET-1", 1);
    ::tzset();
    constexpr std::time_t midnight = one_past_ten - 10 * 3600 - 60;
    chat::Timestamps times(true);
    CHECK_FALSE(times.day(midnight - 1));
    CHECK(times.stamp(midnight - 1) == "23:59 ");
    CHECK(times.day(midnight) == "Friday, 20 November 2026");
    CHECK(times.stamp(midnight) == "00:00 ");
    CHECK_FALSE(times.day(midnight + 3600));
    chat::Timestamps none(false);
    CHECK(none.stamp(midnight).empty());
    CHECK_FALSE(none.day(midnight - 1));
    CHECK_FALSE(none.day(midnight));
}

TEST_CASE("a message shows its sender and its target", "[view][R57]") {
    CHECK(shown("message id=1 from=51990 name=Robin to=room:lobby :Anyone here?") == "Robin: Anyone here?");
    CHECK(shown("message id=1 from=51990 name=Robin to=48213 :hi") == "Robin (to you): hi");
    CHECK(shown("message id=1 from=51990 name=Robin to=all :hi") == "Robin (to all): hi");
    CHECK(shown("message id=1 from=51990 name=Robin to=room:ops :hi") == "Robin (in ops): hi");
    CHECK(shown("message id=1 from=51990 name=Robin to=group:1234 :hi") == "Robin (to group 1234): hi");
    CHECK(shown("message id=1 from=51990 name=Robin to=51991 :hi") == "Robin (to 51991): hi");
    CHECK(shown("message id=1 from=51990 to=room:lobby :hi") == "51990: hi");
    CHECK(shown("message id=1 from=51990 name=Robin to=room:lobby") == "Robin: ");
}

TEST_CASE("nobody can imitate the server", "[view]") {
    CHECK(shown("message id=1 from=51990 name=sErVer to=room:lobby :hi") == "sErVer (51990): hi");
    CHECK(shown("message id=1 from=51990 name=Server2 to=room:lobby :hi") == "Server2: hi");
}

TEST_CASE("the list of clients is readable", "[view][R07][R08][R70]") {
    CHECK(shown("client id=51990 name=Robin connected=2026-11-20T08:30:59.999Z") ==
          "Server: 51990 Robin, connected since 09.30");
    CHECK(shown("client id=48213 name=Batman connected=2026-11-20T08:30:59.999Z you=yes") ==
          "Server: 48213 Batman, connected since 09.30 (you)");
    CHECK(shown("client id=1 name=a connected=2026-11-19T23:30:00.000Z you=no") ==
          "Server: 1 a, connected since 00.30");
    CHECK(shown("client id=1 name=a connected=2026-11-18T23:30:00.000Z") ==
          "Server: 1 a, connected since 2026-11-19 00.30");
    CHECK(shown("client id=1 name=a connected=lately") == "Server: 1 a, connected since lately");
    CHECK(shown("client id=1 name=a account=yes away=yes connected=lately you=yes") ==
          "Server: 1 a, connected since lately (registered) (away) (you)");
    CHECK(shown("client id=1 name=a account=yes away=yes op=yes voice=yes") ==
          "Server: 1 a (registered) (operator) (away)");
    CHECK(shown("client id=1 name=a voice=yes") == "Server: 1 a (voiced)");
    CHECK(shown("end of=active count=1") == "Server: 1 client is connected.");
    CHECK(shown("end of=active count=2") == "Server: 2 clients are connected.");
    CHECK(shown("end of=rooms count=2") == "Server: 2 rooms.");
    CHECK(shown("end of=stars count=2") == "Server: end of stars, 2 in total");
}

TEST_CASE("answers of every kind are sentences", "[view][R39][R86]") {
    CHECK(shown("help command=/send :/send ID|NAME TEXT — to one") == "  /send ID|NAME TEXT    — to one");
    CHECK(shown("end of=help count=9") == "nothing");
    CHECK(shown("date value=2026-11-20") == "Server: The date is 2026-11-20.");
    CHECK(shown("time value=12:31:05") == "Server: The time is 12:31:05.");
    CHECK(shown("echo :as it was") == "Server: as it was");
    CHECK(shown("bye :Session ended") == "Server: Session ended");
    CHECK(shown("error code=empty-name :Username can't be empty") == "Server: Username can't be empty");
    CHECK(shown("error code=no-such-client") == "Server: error: code no-such-client");
    CHECK(shown("renamed id=51990 old=Robin name=Nightwing") == "Server: Robin is now called Nightwing.");
    CHECK(shown("renamed id=48213 old=Bat name=Batman") == "Server: You are now called Batman.");
    CHECK(shown("ok tag=7 id=1042") == "Server: 7 is done, as message 1042");
    CHECK(shown("ok") == "Server: done");
    CHECK(
        shown("undelivered id=1 to=2 reason=disconnected :2 (Robin) is now disconnected; the message was discarded.") ==
        "Server: 2 (Robin) is now disconnected; the message was discarded.");
}

TEST_CASE("a message that was deleted is one line", "[view]") {
    CHECK(shown("deleted id=1042 to=room:lobby by=Robin") == "Server: Robin deleted a message.");
    CHECK(shown("deleted id=1042 to=room:ops by=Robin :spam") == "Server: Robin deleted a message (in ops): spam");
    CHECK(shown("deleted id=1042 to=48213 by=Robin") == "Server: Robin deleted a message (to you).");
}

TEST_CASE("unknown kinds are shown as text", "[view]") {
    CHECK(shown("room-painted room=ops id=51990 name=Robin") == "Server: room painted: room ops, id 51990, name Robin");
    CHECK(shown("room-painted room=ops :Robin has a brush.") == "Server: Robin has a brush.");
    CHECK(shown("confetti") == "Server: confetti");
    CHECK(chat::sentence("SSH-2.0-OpenSSH") == "Server: SSH-2.0-OpenSSH");
}

TEST_CASE("rooms and groups read as sentences", "[view][R26][R29][R30][R63]") {
    CHECK(shown("kicked room=ops id=51990 name=Robin by=Alfred :too loud") ==
          "Server: Robin was removed from the room ops by Alfred (too loud).");
    CHECK(shown("kicked room=ops id=48213 name=Batman by=server") ==
          "Server: You were removed from the room ops by server.");
    CHECK(shown("op room=ops id=48213 name=Batman value=yes") == "Server: You are now an operator of the room ops.");
    CHECK(shown("op room=ops id=51990 name=Robin value=no") ==
          "Server: Robin is no longer an operator of the room ops.");
    CHECK(shown("topic room=lobby name=Robin at=2026-11-20T12:31:05.123Z :Be kind") ==
          "Server: The topic of the lobby, set by Robin: Be kind");
    CHECK(shown("topic room=ops name=Robin at=2026-11-20T12:31:05.123Z") ==
          "Server: Robin has cleared the topic of the room ops.");
    CHECK(shown("topic room=ops") == "Server: There is no topic in the room ops.");
    CHECK(shown("joined room=ops id=48213 name=Batman count=2") == "Server: You are in the room ops. Member count=2");
    CHECK(shown("joined room=lobby id=51990 name=Robin count=2") ==
          "Server: time=10.01 Robin has joined the lobby. Member count=2");
    CHECK(shown("left room=ops id=51990 name=Robin count=1") ==
          "Server: time=10.01 Robin has left the room ops. Member count=1");
    CHECK(shown("left room=ops id=48213 name=Batman count=1") == "Server: You have left the room ops.");
    CHECK(shown("room name=ops count=1 you=yes") == "Server: room ops, 1 member (you are in it)");
    CHECK(shown("room name=ops count=3 you=no") == "Server: room ops, 3 members");
    CHECK(shown("group id=1234 admin=48213 members=48213,51990") == "Server: group 1234: you (admin), 51990");
    CHECK(shown("group id=1234 admin=51990 members=51990,48213 :Robin has made group 1234") ==
          "Server: Robin has made group 1234: 51990 (admin), you");
    CHECK(shown("invite group=1234 from=51990 name=Robin :x") ==
          "Server: Robin invites you to group 1234: /joingroup 1234 or /declinegroup 1234.");
    CHECK(shown("pending group=1234 :x") == "Server: Your request to join group 1234 is waiting for its admin.");
    CHECK(shown("group-joined group=1234 id=51990 name=Robin count=2") ==
          "Server: time=10.01 Robin has joined group 1234. Member count=2");
    CHECK(shown("group-joined group=1234 id=48213 name=Batman count=2") ==
          "Server: You are in group 1234. Member count=2");
    CHECK(shown("join-request group=1234 id=51990 name=Robin :x") ==
          "Server: Robin wants to join group 1234: /approve 1234 51990 or /reject 1234 51990.");
    CHECK(shown("declined group=1234 id=51990 name=Robin") == "Server: Robin does not want to join group 1234.");
    CHECK(shown("rejected group=1234") == "Server: The admin of group 1234 rejected your request.");
    CHECK(shown("group-left group=1234 id=51990 name=Robin count=1") ==
          "Server: time=10.01 Robin has left group 1234. Member count=1");
    CHECK(shown("group-admin group=1234 id=48213 name=Batman") == "Server: You are now the admin of group 1234.");
    CHECK(shown("group-admin group=1234 id=51990 name=Robin") == "Server: Robin is now the admin of group 1234.");
    CHECK(shown("joined id=1 :x y") == "Server: x y");
}

TEST_CASE("a group is named by its other members", "[view][R63][R72]") {
    chat::Directory known;
    const auto learn = [&known](const char* line) { known.learn(chat::parse_server_line(line).value()); };
    const auto said = [&known](const char* line) { return shown(line, known); };
    const auto group = [&known] { return chat::group_in_words("1234", known); };
    learn("welcome id=48213 name=q7mzxtrplw");
    for (const char* line : {"client id=51990 name=Robin", "client id=51991 name=Alfred", "client id=51992 name=Joker"})
        learn(line);
    CHECK(group() == "group 1234");
    learn("group id=1234 admin=51990 members=51990,48213 :Robin has made group 1234");
    CHECK(group() == "group 1234 with Robin");
    CHECK(said("message id=1 from=51990 name=Robin to=group:1234 :hi") == "Robin (to group 1234 with Robin): hi");
    learn("group-joined group=1234 id=51991 name=Alfred count=3");
    CHECK(said("group-joined group=1234 id=51991 name=Alfred count=3") ==
          "Server: time=10.01 Alfred has joined group 1234 with Robin and Alfred. Member count=3");
    learn("group-joined group=1234 id=51992 name=Joker count=4");
    CHECK(group() == "group 1234 with Robin, Alfred and Joker");
    CHECK(said("group id=1234 admin=51990 members=51990,48213,51999") ==
          "Server: group 1234: Robin (admin), you, 51999");
    learn("renamed id=51992 old=Joker name=TheOneWhoLaughsAboutEverything");
    CHECK(group() == "group 1234 with 3 others");
    learn("group-left group=1234 id=51992 name=TheOneWhoLaughsAboutEverything count=3");
    learn("offline id=51991 name=Alfred reason=quit count=3");
    CHECK(group() == "group 1234 with Robin");
    learn("group id=1234 admin=51990 members=51990,48213,1,2,3");
    CHECK(group() == "group 1234 with Robin, 1 and 2 others");
    learn("group-left group=1234 id=48213 name=Batman count=4");
    CHECK(group() == "group 1234");
    learn("group id=1234 admin=51990 members=51990,51991");
    CHECK(group() == "group 1234");  // not a member, so its changes are not reported
    learn("group id=1235 admin=48213 members=48213,51990");
    CHECK(chat::group_in_words("1235", known) == "group 1235 with Robin");
    learn("welcome id=48214 name=q7mzxtrplx");
    CHECK(chat::group_in_words("1235", known) == "group 1235");
    CHECK(known.groups().empty());
}

TEST_CASE("files, results and announcements", "[view][R47][R77]") {
    CHECK(shown("file id=1 from=51990 name=Robin size=1234567 to=48213 :my cat.png") ==
          "Server: Robin sends the file my cat.png (to you), 1.2 MB.");
    CHECK(shown("file id=1 from=51990 name=Robin size=999 to=group:1234 :a") ==
          "Server: Robin sends the file a (to group 1234), 999 bytes.");
    CHECK(shown("result value=54 :12 + 42 = 54") == "Server: 12 + 42 = 54");
    CHECK(shown("announcement :Down at noon.") == "Server: Announcement: Down at noon.");
}

TEST_CASE("a mention is the name as a word", "[view]") {
    const auto mentions = [](const char* text) {
        return chat::is_for(
            chat::parse_server_line(std::string("message id=1 from=2 name=Robin to=room:lobby :") + text).value(),
            viewer);
    };
    for (const char* text : {"Batman", "batman: hi", "hi, BATMAN!", "@Batman", "Batman.", "Batmans Batman", "(batman)"})
        CHECK(mentions(text));
    for (const char* text : {"", "Batmans", "xbatman", "bat man", "batman_2", "batman-2"}) CHECK_FALSE(mentions(text));
    CHECK(chat::is_for(chat::parse_server_line("message id=1 from=2 name=R to=48213 :x").value(), viewer));
}

TEST_CASE("what somebody does, in the words of others and in one's own", "[view]") {
    CHECK(shown("message id=1 from=51990 name=Robin to=room:lobby at=x as=action :waves") == "* Robin waves");
    CHECK(shown("message id=1 from=51990 name=Robin to=room:ops at=x as=action :waves") == "* Robin (in ops) waves");
    CHECK(shown("message id=1 from=51990 name=Robin to=48213 at=x as=action :waves") == "* Robin (to you) waves");
    const auto own = [](const chat::Target& to) { return chat::own_words({to, "waves", true}, viewer, {}); };
    CHECK(own({}) == "* Batman waves");
    CHECK(own({chat::Target::Kind::room, "ops", {}}) == "* Batman (in ops) waves");
    CHECK(own({chat::Target::Kind::client, "Robin", "51990"}) == "* Batman (to Robin) waves");
}

TEST_CASE("the speaker and the place of a message have a colour each", "[view]") {
    const auto looks = [](const char* text) {
        const auto line = chat::parse_server_line(text).value();
        const std::string words = chat::sentence(line, viewer, one_past_ten).value();
        std::string result;
        for (const chat::Look& look : chat::looks_of(line, viewer, words, {3, 7}))
            result += words.substr(look.begin, look.end - look.begin) + "=" + std::to_string(look.colour) + " ";
        return result;
    };
    CHECK(looks("message id=1 from=51990 name=Robin to=room:lobby at=x :hi (all): there") == "Robin:=3 ");
    CHECK(looks("message id=1 from=51990 name=Robin to=room:ops at=x :hi") == "Robin=3 (in ops)=7 ");
    CHECK(looks("message id=1 from=51990 name=Robin to=room:ops at=x as=action :hi") == "Robin=3 (in ops)=7 ");
    CHECK(looks("message id=1 from=51990 name=Robin to=room:lobby at=x as=action :hi (you)") == "Robin=3 ");
    CHECK(looks("message id=1 from=51990 name=Robin to=48213 at=x :hi") == "Robin (to you): hi=0 ");
}

TEST_CASE("a group in a prompt", "[view]") {
    chat::Directory known;
    for (const char* line : {"welcome id=48213 name=Batman", "client id=51990 name=Robin",
                             "client id=51991 name=Alfred", "group id=4711 members=48213,51990,51991"})
        known.learn(chat::parse_server_line(line).value());
    CHECK(chat::group_in_prompt("4711", known) == "Robin+Alfred");
    CHECK(chat::group_in_prompt("4712", known) == "group 4712");
    known.learn(chat::parse_server_line("group-left group=4711 id=51991 name=Alfred").value());
    CHECK(chat::group_in_prompt("4711", known) == "group Robin");
    CHECK(chat::shortened("Robin+Alfred", 12) == "Robin+Alfred");
    CHECK(chat::shortened("Robin+Alfred", 8) == "Robin+A…");
    CHECK(chat::shortened("äöüß", 3) == "äö…");
}

TEST_CASE("the command overview has a limit for any number of commands and any width", "[help]") {
    chat::Directory known;
    const auto learn = [&known](const std::string& line) { known.learn(chat::parse_server_line(line).value()); };
    learn("help command=/join :/join ROOM — enters a room");
    for (int i = 0; i < 3000; ++i) learn("help command=/x" + std::to_string(i) + " :/x — ?");
    learn("end of=help count=3001");
    for (const auto& [columns, most] : {std::pair{20U, 80U}, {40U, 40U}, {80U, 20U}, {120U, 20U}}) {
        const std::vector<std::string> rows = chat::help_overview(known, {}, columns);
        CHECK(rows.size() == most);
        CHECK(rows[1] == "Rooms    /join");
        CHECK(rows.back().starts_with("/help COMMAND"));
    }
}

}  // namespace client_view_test
