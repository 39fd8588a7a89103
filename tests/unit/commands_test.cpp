// THE TABLE: its rows, the arguments that each takes, and the record that each command produces.
#include "chat-acceptor/acts/perform.h"
#include "chat-acceptor/dialects/line/command_table.h"
#include "chat-acceptor/dialects/line/line_reader.h"
#include "shared/records/answer.h"
#include "shared/records/message.h"
#include "tests/support/catch.h"
#include "tests/unit/publishing.h"
#include "tests/unit/scratch.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace commands_test {

using namespace chat;

namespace {

constexpr Microseconds now = 1'764'000'000'000'000;

// Batman sends the commands; Joker is connected too, Robin has left.
struct Scene {
    Scene() {
        acceptor.connect(batman, 48213, "Batman");
        acceptor.connect(joker, 51990, "Joker");
        acceptor.connect(robin, 30000, "Robin");
        for (const SlotId client : {batman, joker})
            acceptor.publisher.publish(acceptor.about(client, RecordKind::online));
        Record left = acceptor.departure(robin, LeaveReason::quit);
        left.at = now - 1;
        acceptor.publisher.publish(left);
    }

    // The record that Batman's line produces; its views live as long as the scene.
    Record run(std::string_view name, std::string_view text = {}) {
        REQUIRE(find_command(name) != nullptr);
        return say(std::string(name) + (text.empty() ? "" : " ") + std::string(text), batman, now);
    }
    Record say(std::string line, SlotId client, Microseconds at) {
        const Asker asker{client, &acceptor.sessions.row(client.slot), at};
        Reading reading = line_reader.read(lines.emplace_back(std::move(line)), {&context, asker});
        if (reading.answer) return drafts.emplace_back(*std::move(reading.answer)).record();
        return drafts.emplace_back(perform(reading.act, context, asker)).record();
    }
    // "code|text" of an error; otherwise the kind.
    std::string error_of(std::string_view name, std::string_view text = {}) {
        const Record record = run(name, text);
        if (record.kind != RecordKind::error) return "no error";
        return std::string(word_of(static_cast<ErrorCode>(record.number))) + '|' + std::string(record.text);
    }

    const SlotId batman{0, 1};
    const SlotId joker{1, 1};
    const SlotId robin{2, 1};
    test::ScratchSegment scratch;
    test::Publishing acceptor{scratch.segment};
    Config config;
    ActContext context{&acceptor.tables, &config};
    std::deque<std::string> lines;
    std::deque<Draft> drafts;
};

std::vector<SlotId> receivers_of(const Record& record) {
    return {record.receivers.begin(), record.receivers.end()};
}

}  // namespace

TEST_CASE("commands: the table has each once, in lower case, in order, with its meaning", "[commands]") {
    const auto table = command_table();
    CHECK(
        std::is_sorted(table.begin(), table.end(), [](const Command& a, const Command& b) { return a.name < b.name; }));
    std::vector<std::string> names;
    for (const Command& command : table) {
        names.emplace_back(command.name);
        CHECK(fold_case(command.name) == command.name);
        CHECK_FALSE(command.meaning.empty());
        CHECK_FALSE(command.meaning.ends_with('.'));
        CHECK((command.shape == Shape::none) == command.usage.empty());
    }
    CHECK(names == std::vector<std::string>{"/action",       "/active",       "/activeallgroups",
                                            "/activegroups", "/approve",      "/away",
                                            "/broadcast",    "/calc",         "/certificate",
                                            "/date",         "/declinegroup", "/delete",
                                            "/deop",         "/echo",         "/exit",
                                            "/help",         "/history",      "/join",
                                            "/joingroup",    "/kick",         "/leave",
                                            "/leavegroup",   "/login",        "/logout",
                                            "/makegroup",    "/makegroupreq", "/members",
                                            "/op",           "/password",     "/quiet",
                                            "/quit",         "/register",     "/reject",
                                            "/reset",        "/rooms",        "/say",
                                            "/seen",         "/send",         "/sendfile",
                                            "/sendgroup",    "/time",         "/topic",
                                            "/unread",       "/whoami"});
    CHECK(find_command("/SEND") == find_command("/send"));
    for (const char* none : {"/", "send", "/sen", "/sends", "", "/calc "}) CHECK(find_command(none) == nullptr);
}

TEST_CASE("commands: missing or needless arguments are answered with the usage", "[commands][R86]") {
    Scene scene;
    for (const char* name : {"/active", "/date", "/time", "/whoami"}) {
        CHECK(scene.error_of(name, "now") == std::string("bad-arguments|Usage: ") + name);
        CHECK(scene.error_of(name, "  ") == "no error");  // spaces after the last word are ignored
        CHECK(scene.error_of(name) == "no error");
    }
    CHECK(scene.error_of("/broadcast") == "bad-arguments|Usage: /broadcast TEXT");
    for (const char* text : {"", "Joker", "Joker ", " text", " ", "  text"})
        CHECK(scene.error_of("/send", text) == "bad-arguments|Usage: /send ID|NAME TEXT");
    CHECK(scene.error_of("/send", "Joker  ") == "no error");  // a space is a text
    for (const char* name : {"/echo", "/exit", "/quit", "/help"}) CHECK(scene.error_of(name) == "no error");
}

TEST_CASE("commands: /login takes a name that is well formed and free", "[commands][R52][R86]") {
    Scene scene;
    CHECK(scene.error_of("/login") == "empty-name|Username can't be empty");
    CHECK(scene.error_of("/login", "   ") == "empty-name|Username can't be empty");
    for (const std::string& name : {std::string("9lives"), std::string("9lives password"), std::string(33, 'a'),
                                    std::string(" x"), std::string("é"), std::string("a\tb")})
        CHECK(scene.error_of("/login", name).starts_with("bad-name|"));
    CHECK(scene.error_of("/login", "two words") == "no-such-account|There is no account two");
    CHECK(scene.error_of("/login", "jOKER") == "name-taken|The name jOKER is taken");
    CHECK(scene.error_of("/login", "Robin") == "no error");  // a departed client holds no name

    const Record record = scene.run("/login", "Bruce");
    CHECK(record.kind == RecordKind::renamed);
    CHECK(record.name == "Bruce");
    CHECK(record.target == "Batman");
    CHECK(receivers_of(record) == std::vector<SlotId>{scene.batman, scene.joker});
    CHECK(scene.run("/login", "bATMAN").name == "bATMAN");  // the client's own name, in another case
}

TEST_CASE("commands: a /login before the announcement tells nobody", "[commands][R52]") {
    Scene scene;
    const SlotId newcomer = scene.acceptor.connect({3, 1}, 12345, "q7mzxtrplw");
    const Record record = scene.say("/login Alfred", newcomer, now);
    CHECK(record.kind == RecordKind::renamed);
    CHECK(record.receivers.empty());
}

TEST_CASE("commands: /whoami and /active list clients and mark the one that asked", "[commands][R07][R08][R70]") {
    Scene scene;
    const Record self = scene.run("/whoami");
    CHECK(self.kind == RecordKind::clients);
    CHECK_FALSE(self.has(record_flag::is_list));
    std::string_view rows = self.text;
    const auto me = take_client_info(rows);
    REQUIRE(me);
    CHECK(me->id == 48213);
    CHECK(me->name == "Batman");
    CHECK(me->connected_at == 1'000'000);
    CHECK(me->you);
    CHECK(rows.empty());
    CHECK(self.receivers.empty());

    const Record list = scene.run("/active");
    CHECK(list.kind == RecordKind::clients);
    CHECK(list.has(record_flag::is_list));
    CHECK(list.number == 2);
    rows = list.text;
    CHECK(take_client_info(rows)->you);
    const auto joker = take_client_info(rows);
    CHECK(joker->id == 51990);
    CHECK_FALSE(joker->you);
    CHECK(rows.empty());
}

TEST_CASE("commands: /send finds its one receiver by id or by name", "[commands][R09][R71]") {
    Scene scene;
    for (const char* target : {"51990", "Joker", "jokeR"}) {
        const std::string text = std::string(target) + "  why so serious? ";
        const Record record = scene.run("/send", text);
        INFO(target);
        CHECK(record.kind == RecordKind::message);
        CHECK(record.scope == static_cast<std::uint8_t>(MessageScope::direct));
        CHECK(record.text == " why so serious? ");
        CHECK(record.target_id == 51990);
        CHECK(record.target_session == 2);
        CHECK(record.target == "Joker");
        CHECK(record.number == 1);
        CHECK_FALSE(record.has(record_flag::discarded));
        CHECK(receivers_of(record) == std::vector<SlotId>{scene.joker});
    }
    CHECK(scene.error_of("/send", "48213 x") == "self|That is you");
    CHECK(scene.error_of("/send", "batman x") == "self|That is you");
    for (const char* target :
         {"51991", "Penguin", "051990", "5199", "519900", "+51990", "00000", "51990x", "group:1234"})
        CHECK(scene.error_of("/send", std::string(target) + " x") ==
              "no-such-client|There is no client " + std::string(target));
}

TEST_CASE("commands: /send to a departed client is a discarded message, for an hour", "[commands][R13][R14]") {
    Scene scene;
    for (const char* target : {"30000", "robin"}) {
        const std::string text = std::string(target) + " hi";
        const Record record = scene.run("/send", text);
        CHECK(record.kind == RecordKind::message);
        CHECK(record.has(record_flag::discarded));
        CHECK(record.receivers.empty());
        CHECK(record.target_id == 30000);
        CHECK(record.target_session == 3);
        CHECK(record.target == "Robin");
        CHECK(record.number == 1);
        CHECK(record.text == "hi");
    }
    CHECK(scene.say("/send robin hi", scene.batman, now + 3'600'000'000).kind == RecordKind::error);
    // A connected client takes precedence over a departed one.
    scene.acceptor.connect({3, 1}, 12345, "Robin");
    CHECK_FALSE(scene.run("/send", "robin hi").has(record_flag::discarded));
}

TEST_CASE("commands: messages to all and to the lobby list everyone and count the others", "[commands][R55][R62]") {
    Scene scene;
    const Record broadcast = scene.run("/broadcast", " to all ");
    CHECK(broadcast.kind == RecordKind::message);
    CHECK(broadcast.scope == static_cast<std::uint8_t>(MessageScope::broadcast));
    CHECK(broadcast.text == " to all ");
    CHECK(broadcast.number == 1);
    CHECK(receivers_of(broadcast) == std::vector<SlotId>{scene.batman, scene.joker});
    const Record said = scene.say("hello", scene.batman, now);
    CHECK(said.scope == static_cast<std::uint8_t>(MessageScope::room));
    CHECK(said.target == "lobby");
    CHECK(said.text == "hello");
    CHECK(said.number == 1);
    CHECK(receivers_of(said) == std::vector<SlotId>{scene.batman, scene.joker});
}

TEST_CASE("commands: /quit leaves, and says why", "[commands][R15][R75][R85]") {
    Scene scene;
    for (const char* name : {"/quit", "/exit"}) {
        const Record record = scene.run(name);
        CHECK(record.kind == RecordKind::departed);
        CHECK(record.has(record_flag::says_bye));
        CHECK(record.scope == static_cast<std::uint8_t>(LeaveReason::quit));
        CHECK(record.text.empty());
        CHECK(record.number == 1);  // after the event
        CHECK(receivers_of(record) == std::vector<SlotId>{scene.batman, scene.joker});
    }
    const Record killed = scene.run("/quit", "killed");
    CHECK(killed.scope == static_cast<std::uint8_t>(LeaveReason::killed));
    CHECK(killed.text.empty());
    for (const char* word : {"q", "Killed", "killed by", "see you"}) {
        const Record said = scene.run("/quit", word);
        CHECK(said.scope == static_cast<std::uint8_t>(LeaveReason::quit));
        CHECK(said.text == word);
    }
}

TEST_CASE("commands: with many connected, only the client itself is notified of its arrival and departure",
          "[commands]") {
    Scene scene;
    scene.config.announce_up_to = 2;
    CHECK(receivers_of(scene.run("/login", "Bruce")) == std::vector<SlotId>{scene.batman, scene.joker});
    scene.config.announce_up_to = 1;
    CHECK(receivers_of(scene.run("/login", "Bruce")) == std::vector<SlotId>{scene.batman});
    CHECK(receivers_of(scene.run("/quit")) == std::vector<SlotId>{scene.batman});
    CHECK(scene.run("/broadcast", "x").receivers.size() == 2);
}

TEST_CASE("commands: the built-in services", "[commands][R36][R37][R42]") {
    Scene scene;
    CHECK(scene.run("/echo", "  as it is ").kind == RecordKind::echo);
    CHECK(scene.run("/echo", "  as it is ").text == "  as it is ");
    CHECK(scene.run("/echo").text.empty());
    CHECK(scene.run("/date").kind == RecordKind::date);
    CHECK(scene.run("/time").kind == RecordKind::time);
}

TEST_CASE("commands: /calc answers with the expression and its value, or warns", "[commands][R45][R46][R47]") {
    Scene scene;
    const Record result = scene.run("/calc", "12  +  42");
    CHECK(result.kind == RecordKind::result);
    CHECK(result.text == "12 + 42");
    CHECK(result.target == "54");
    CHECK(result.receivers.empty());
    CHECK(scene.error_of("/calc").starts_with("bad-expression|Warning: "));
    CHECK(scene.error_of("/calc", "12 42").starts_with("bad-expression|Warning: "));
    CHECK(scene.error_of("/calc", "1e308 * 10").starts_with("bad-expression|Warning: "));
    CHECK(scene.error_of("/calc", "1 / 0") == "divide-by-zero|Warning: division by zero");
}

TEST_CASE("commands: /help lists the table, or one row of it", "[commands]") {
    Scene scene;
    const Record all = scene.run("/help");
    CHECK(all.kind == RecordKind::help);
    CHECK(all.number == command_table().size());
    std::string_view rows = all.text;
    for (const Command& command : command_table()) {
        const auto help = take_help_info(rows);
        REQUIRE(help);
        CHECK(help->command == command.name);
    }
    CHECK(rows.empty());
    CHECK(all.text.size() <= 16'384);  // what the queue reserves room for
    for (const char* name : {"/send", "send", "SEND", "/Send"}) {
        const Record one = scene.run("/help", name);
        CHECK(one.number == 1);
        rows = one.text;
        const auto help = take_help_info(rows);
        CHECK(help->command == "/send");
        CHECK(help->usage == "/send ID|NAME TEXT — writes to one client");
        CHECK(rows.empty());
    }
    rows = scene.run("/help", "date").text;
    CHECK(take_help_info(rows)->usage == "/date — shows the server's date");
    CHECK(scene.error_of("/help", "nonsense") == "unknown-command|There is no command /nonsense");
}

}  // namespace commands_test
