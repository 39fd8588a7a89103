// What happens to typed text: completion, sending to the server, how lines look.
#include "client/net/connection.h"
#include "client/talk/completion.h"
#include "client/talk/outgoing.h"
#include "client/terminal/style.h"
#include "tests/support/catch.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <set>
#include <string>

namespace client_typing_test {

using namespace chat;

namespace {

ServerLine line(const std::string& text) {
    return parse_server_line(text).value();
}

Directory some_directory() {
    Directory directory;
    for (const char* text :
         {"help command=/send :/send ID|NAME TEXT — writes to one client",
          "help command=/say :/say ROOM TEXT — to a room", "help command=/makegroup :/makegroup ID… — makes a group",
          "help command=/help :/help [COMMAND] — lists", "help command=/joingroup :/joingroup GID — joins",
          "help command=/rooms :/rooms — lists the rooms", "client id=51990 name=Robin connected=x",
          "message id=1 from=51991 name=robert to=room:ops at=x :hi", "online id=51992 name=Joker count=3 :x",
          "offline id=51992 name=Joker reason=quit count=2 :x", "renamed id=51990 old=Robin name=Nightwing",
          "room name=pub count=2", "group id=1234 admin=51990 members=51990"})
        directory.learn(line(text));
    directory.learn_own_command("/sendfile", "TARGET PATH");
    directory.learn(line("help command=/sendfile :/sendfile TARGET SIZE SHA256 NAME — sends a file"));
    return directory;
}

std::string words(std::string_view before, std::string_view word) {
    static const Directory directory = some_directory();
    const Candidates found = complete(before, word, directory, [](std::string_view kind, std::string_view begun) {
        return std::vector<std::string>{std::string(begun) + "[" + std::string(kind) + "]"};
    });
    std::string result;
    for (const std::string& candidate : found.words) result += (result.empty() ? "" : " ") + candidate;
    return result + (found.end_line ? "$" : "");
}

}  // namespace

TEST_CASE("each place of a line has its own candidates", "[completion]") {
    CHECK(words("", "/s") == "/say /send /sendfile");
    CHECK(words("", "/S") == "/say /send /sendfile");
    CHECK(words("", "ni") == "Nightwing:");
    CHECK(words("hello ", "RO") == "robert");
    CHECK(words("", "") == "");
    CHECK(words("/send ", "") == "Nightwing robert");
    CHECK(words("/send ", "5") == "51990 51991");
    CHECK(words("/send 51990 ", "rob") == "robert");
    CHECK(words("/say ", "") == "#lobby #ops #pub lobby ops pub");
    CHECK(words("/SAY ", "o") == "ops");
    CHECK(words("/help ", "/j") == "/joingroup$");
    CHECK(words("/joingroup ", "") == "1234$");
    CHECK(words("/makegroup 51990 51991 ", "nig") == "Nightwing");
    CHECK(words("/sendfile ", "group") == "group:1234");
    CHECK(words("/sendfile Robin ", "/etc/pas") == "/etc/pas[PATH]$");
    CHECK(words("/sendfile Robin my ", "file") == "file[PATH]$");
    CHECK(words("/sendfile Robin  ", "file") == "file[PATH]$");
    CHECK(words("/nonsense ", "x") == "");
    CHECK(words("/joingroup 1234 ", "1") == "");
}

TEST_CASE("nothing follows a word that ends the line", "[completion]") {
    CHECK(words("", "/ro") == "/rooms$");
    CHECK(words("", "/jo") == "/joingroup");
    CHECK(words("/rooms ", "x") == "");
    CHECK(words("/makegroup ", "nig") == "Nightwing");
}

TEST_CASE("what cannot be typed is not offered", "[completion]") {
    Directory directory;
    directory.learn(line("client id=51990 name=\x1b[38;5;131mRed"));
    directory.learn(line("client id=x name=Robin"));
    directory.learn(line("room name=a/b"));
    directory.learn(line("group id=12x4"));
    directory.learn(line("help command=/\x1b :/x TEXT"));
    CHECK(directory.names().empty());
    CHECK(directory.rooms().size() == 1);
    CHECK(directory.groups().empty());
    CHECK(directory.commands().empty());
    for (unsigned id = 10'000; id < 10'000 + 2 * Directory::most; ++id)
        directory.learn(line("client id=" + std::to_string(id) + " name=Robin"));
    CHECK(directory.ids().size() <= Directory::most);
}

TEST_CASE("lines wait for a connection and are sent once", "[outgoing]") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const UniqueFd server(ends[1]);
    const auto sent = [&server] {
        std::string bytes(std::size_t{1} << 16, '\0');
        const ssize_t count = ::recv(server.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
        return bytes;
    };
    Outgoing outgoing;
    const Target lobby;
    const Target robin{Target::Kind::client, "Robin", "51990"};
    const Target joker{Target::Kind::client, "Joker", "51991"};
    CHECK(outgoing.say("/date", robin));
    CHECK(outgoing.say("//hi", robin));
    CHECK(outgoing.say("psst", joker));
    CHECK(outgoing.say("@own /time", robin));
    CHECK(outgoing.ask(Asker::client, "/help").empty());

    Connection connection{UniqueFd(ends[0])};
    outgoing.connected(connection, {"/join ops"});
    CHECK(sent() == "@c1 /join ops\n@c2 /date\n");
    CHECK(outgoing.needs_check());
    CHECK(outgoing.say("after it", lobby));
    CHECK(sent().empty());
    const auto is_there = [](const Target& target) { return target.id == "51990"; };
    CHECK(outgoing.checked(is_there) == std::vector<std::string>{"psst"});
    CHECK(sent() == "@c3 /send 51990 /hi\n@own /time\n@c4 /say lobby after it\n");
    CHECK_FALSE(outgoing.needs_check());
    CHECK(outgoing.say("there", robin));
    CHECK(sent() == "@c5 /send 51990 there\n");
    CHECK(outgoing.answered(line("ok tag=c3 id=9"))->typed == "//hi");
    CHECK(outgoing.answered(line("time value=12:31:05 tag=own"))->own_tag);

    const auto lost = outgoing.disconnected();
    REQUIRE(lost.size() == 4);
    CHECK(lost[0].asker == Asker::client);
    CHECK(lost[1].typed == "/date");
    CHECK(lost[2].typed == "after it");
    CHECK(lost[3].typed == "there");
    CHECK(outgoing.say("late", lobby));
    CHECK(outgoing.give_up() == std::vector<std::string>{"late"});
    CHECK(outgoing.give_up().empty());
    for (std::size_t i = 0; i < Outgoing::max_waiting; ++i) CHECK(outgoing.say("x", lobby));
    CHECK_FALSE(outgoing.say("x", lobby));
}

TEST_CASE("a style is escapes around its part, and nothing without colours", "[style]") {
    CHECK(styled("Robin: hi", {Style::to_me}, true) == "\x1b[1mRobin: hi\x1b[0m");
    CHECK(styled("Robin: hi", {Style::to_me}, false) == "Robin: hi");
    CHECK(styled("12.31 no", {Style::trouble, 6}, true) == "12.31 \x1b[38;5;131mno\x1b[0m");
    CHECK(styled("a\x1b[2J", {Style::trouble}, true) == "\x1b[38;5;131ma\xEF\xBF\xBD[2J\x1b[0m");
    CHECK(styled("abc", {Style::trouble, 7, 9}, true) == "abc\x1b[38;5;131m\x1b[0m");
    const std::string robin = styled("Robin: hi", {Style::speaker, 0, 6}, true);
    CHECK(robin.ends_with("Robin:\x1b[0m hi"));
    CHECK(styled("12.31 Robin: hi", {Style::speaker, 6, 12}, true) == "12.31 " + robin);
    CHECK(styled_prompt("Rob\x1bin", false) == "Rob\xEF\xBF\xBDin> ");
}

TEST_CASE("every colour can be read on black and on white", "[style]") {
    // The 240 colours of xterm beyond the first 16: a cube and greys. The contrast is that of WCAG 2.
    const auto light = [](int level) {
        const double part = level / 255.0;
        return part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    const auto luminance = [&light](int colour) {
        constexpr std::array levels{0, 95, 135, 175, 215, 255};
        if (colour >= 232) return light(8 + 10 * (colour - 232));
        const auto level = [&](int place) {
            return light(levels[static_cast<std::size_t>((colour - 16) / place % 6)]);
        };
        return 0.2126 * level(36) + 0.7152 * level(6) + 0.0722 * level(1);
    };
    std::set<std::string> looks;
    const auto check = [&](Style style, const std::string& name) {
        const std::string shown = styled(name, {style}, true);
        const std::string opening = shown.substr(0, shown.find(name));
        INFO(opening.substr(1));
        looks.insert(opening);
        const std::size_t place = opening.find("38;5;");
        if (place == std::string::npos) {
            CHECK((opening == "\x1b[1m" || opening == "\x1b[1;4m"));
            return;
        }
        const double bright = luminance(std::stoi(opening.substr(place + 5)));
        CHECK((bright + 0.05) / 0.05 >= 4.5);
        CHECK(1.05 / (bright + 0.05) >= 4.5);
    };
    for (const Style style : {Style::news, Style::to_me, Style::mention, Style::trouble}) check(style, "text");
    CHECK(looks.size() == 4);
    for (int i = 0; i < 500; ++i) check(Style::speaker, "speaker" + std::to_string(i));
    CHECK(looks.size() == 16);
}

}  // namespace client_typing_test
