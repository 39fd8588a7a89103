// What happens to typed text: completion, sending to the server, how lines look.
#include "client/net/connection.h"
#include "client/net/plain_stream.h"
#include "client/talk/completion.h"
#include "client/talk/outgoing.h"
#include "client/talk/palette.h"
#include "client/talk/pasting.h"
#include "client/talk/unread.h"
#include "client/terminal/style.h"
#include "client/terminal/typed_lines.h"
#include "tests/support/catch.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

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
    CHECK(outgoing.say({"/date", robin}));
    CHECK(outgoing.say({"//hi", robin}));
    CHECK(outgoing.say({"psst", joker}));
    CHECK(outgoing.say({"@own /time", robin}));
    CHECK(outgoing.ask(Asker::client, "/help").empty());

    Connection connection(std::make_unique<PlainStream>(UniqueFd(ends[0])));
    outgoing.connected(connection, {"/join ops"});
    CHECK(sent() == "@c1 /join ops\n@c2 /date\n");
    CHECK(outgoing.needs_check());
    CHECK(outgoing.say({"after it", lobby}));
    CHECK(sent().empty());
    const auto is_there = [](const Target& target) { return target.id == "51990"; };
    CHECK(outgoing.checked(is_there) == std::vector<std::string>{"psst"});
    CHECK(sent() == "@c3 /send 51990 /hi\n@own /time\n@c4 /say lobby after it\n");
    CHECK_FALSE(outgoing.needs_check());
    CHECK(outgoing.say({"there", robin}));
    CHECK(sent() == "@c5 /send 51990 there\n");
    CHECK(outgoing.answered(line("ok tag=c3 id=9"))->typed == "//hi");
    CHECK(outgoing.answered(line("time value=12:31:05 tag=own"))->own_tag);

    const auto lost = outgoing.disconnected();
    REQUIRE(lost.size() == 4);
    CHECK(lost[0].asker == Asker::client);
    CHECK(lost[1].typed == "/date");
    CHECK(lost[2].typed == "after it");
    CHECK(lost[3].typed == "there");
    CHECK(outgoing.say({"late", lobby}));
    CHECK(outgoing.give_up() == std::vector<std::string>{"late"});
    CHECK(outgoing.give_up().empty());
    for (std::size_t i = 0; i < Outgoing::max_waiting; ++i) CHECK(outgoing.say({"x", lobby}));
    CHECK_FALSE(outgoing.say({"x", lobby}));
}

TEST_CASE("each has a colour of their own while there are free ones", "[palette]") {
    Palette palette(4);
    std::set<std::size_t> given;
    for (const char* id : {"1", "2", "3", "4"}) given.insert(palette.of(id, "the same wish"));
    CHECK(given.size() == 4);
    const std::size_t second = palette.of("2", "another wish");
    CHECK(palette.of("2", "") == second);
    CHECK(palette.of("5", "x") < 4);
    CHECK(palette.of("6", "x") < 4);
    palette.release("2");
    palette.release("nobody");
    palette.release("5");
    palette.release("6");
    CHECK(palette.of("7", "y") == second);
    Palette other(4);
    CHECK(other.of("9", "the same wish") == palette.of("1", ""));
}

TEST_CASE("unread messages are counted by room and group", "[unread]") {
    Unread unread;
    CHECK(unread.in_prompt(40).empty());
    for (const char* to : {"room:ops", "room:OPS", "room:lobby", "group:4711", "all", "48213"}) unread.add(to);
    CHECK(unread.in_prompt(40) == "[group 4711 1, lobby 1, OPS 2] ");
    CHECK(unread.in_prompt(20) == "[unread 4] ");
    unread.forget({Target::Kind::room, "ops", {}});
    unread.forget_groups();
    CHECK(unread.in_prompt(40) == "[lobby 1] ");
    for (int i = 0; i < 2000; ++i) unread.add("room:lobby");
    CHECK(unread.in_prompt(40) == "[lobby 999+] ");
    unread.clear();
    CHECK(unread.in_prompt(40).empty());
}

TEST_CASE("six lines without a pause are a paste", "[typed_lines]") {
    using Lines = std::vector<std::string>;
    const auto all = [](TypedLines& typed) {
        std::string text;
        while (const auto entry = typed.next_line()) text += entry->line.text + "|";
        return text;
    };
    const auto paste_of = [](TypedLines& typed) {
        while (!typed.has_paste_ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        typed.end_paste("rest");
        return typed.next_paste().value_or(Lines{});
    };
    TypedLines typed;
    for (const char* text : {"1", "2", "3", "4"}) typed.enter(text, "> ", true, true);
    CHECK(typed.is_collecting());
    CHECK(typed.poll_timeout() == -1);
    typed.settle(true);
    CHECK(all(typed).empty());
    typed.settle(false);  // a pause: they were typed
    CHECK(all(typed) == "1|2|3|4|");
    typed.enter("a\nb\n\nc", "> ", true, false);
    CHECK(all(typed) == "a|b||c|");
    typed.enter("before", "> ", true, false);
    for (const char* text : {"1", "2", "", "3", "4", "5"}) typed.enter(text, "> ", true, true);
    CHECK(typed.poll_timeout() == -1);
    typed.enter("6", "> ", true, false);
    CHECK(typed.poll_timeout() > 0);
    CHECK(all(typed) == "before|");
    CHECK(paste_of(typed) == Lines{"1", "2", "", "3", "4", "5", "6", "rest"});
    CHECK(typed.empty());
    typed.paste("one\r\ntwo\n\n");
    typed.enter("after", "> ", true, false);
    CHECK_FALSE(typed.next_line());
    CHECK(typed.next_paste() == Lines{"one", "two"});
    CHECK(all(typed) == "after|");
}

TEST_CASE("the answers to the question about a paste", "[pasting]") {
    const Paste paste{{"1", "2"}, {}};
    for (const char* word : {"send", "s", " SEND ", "yes"}) CHECK(answer_about(paste, word) == PasteAnswer::send);
    for (const char* word : {"file", "f"}) CHECK(answer_about(paste, word) == PasteAnswer::file);
    for (const char* word : {"cancel", "c", "no", "n"}) CHECK(answer_about(paste, word) == PasteAnswer::cancel);
    for (const char* word : {"", " ", "sendx", "what"}) CHECK(answer_about(paste, word) == PasteAnswer::unclear);
    const Paste to_all{{"1", "2"}, {Target::Kind::everyone, {}, {}}};
    CHECK(answer_about(to_all, "file") == PasteAnswer::unclear);
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
    const auto check = [&](Style style, const std::string& name, std::size_t colour = 0) {
        const std::string shown = styled(name, {style, 0, name.size(), colour}, true);
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
    for (std::size_t i = 0; i < colour_count; ++i) check(Style::speaker, "speaker", i);
    CHECK(looks.size() == 4 + colour_count);
    for (std::size_t i = 0; i < colour_count; ++i) check(Style::room, "room", i);
    CHECK(looks.size() == 4 + colour_count);
}

}  // namespace client_typing_test
