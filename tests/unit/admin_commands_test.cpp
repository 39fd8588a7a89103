// The operator's commands, on an acceptor without sockets: each row of the table, and the checks before it.
#include "chat-acceptor/admin/admin_commands.h"

#include "chat-acceptor/admin_interface.h"
#include "shared/system/settings.h"
#include "tests/support/json_in_catch.h"
#include "tests/unit/operated.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace admin_commands_test {

using namespace chat;
using namespace chat::test;

TEST_CASE("every row of the table is described, and nothing else", "[admin]") {
    const std::string description = admin_interface_description;
    std::size_t methods = 0;
    for (std::size_t at = description.find("\nmethod "); at != std::string::npos;
         at = description.find("\nmethod ", at + 1))
        ++methods;
    CHECK(methods == admin_table().size());
    for (const AdminMethod& method : admin_table()) {
        const std::size_t at = description.find("\nmethod " + std::string(method.name) + "(");
        REQUIRE(at != std::string::npos);
        const std::string signature = description.substr(at, description.find("->", at) - at);
        for (const AdminParameter& parameter : method.parameters)
            if (parameter.type != AdminParameter::Type::none)
                CHECK(signature.find(std::string(parameter.name) + (parameter.optional ? ": ?" : ": ")) !=
                      std::string::npos);
    }
}

TEST_CASE("parameters are checked against the row", "[admin]") {
    Operated server;
    const auto misfit = [&](const std::string& method, Json parameters) {
        const varlink::Reply reply = server.ask(method, std::move(parameters));
        CHECK(reply.error == "org.varlink.service.InvalidParameter");
        return reply.parameters["parameter"].text();
    };
    CHECK(misfit("Status", {{"x", 1}}) == "x");
    CHECK(misfit("Kick", Json::object()) == "client");
    CHECK(misfit("Kick", {{"client", 10'001}}) == "client");
    CHECK(misfit("Kick", {{"client", nullptr}}) == "client");
    CHECK(misfit("Kick", {{"client", "Batman"}, {"reason", 1}}) == "reason");
    CHECK(misfit("Kick", {{"client", "Batman"}, {"", 1}}) == "");
    CHECK(misfit("Follow", {{"last", -1}}) == "last");
    for (const Json& stated : {Json(-1), Json(4'294'967'296), Json("1000"), Json(1.5), Json::array({1000})})
        CHECK(misfit("Kick", {{"client", "Batman"}, {"operator", stated}}) == "operator");
    CHECK(misfit("Status", {{"operator", 1000U}}) == "operator");
    CHECK(server.acceptor->sessions().everyone().size() == 2);
}

TEST_CASE("missing methods are distinguished from missing interfaces", "[admin]") {
    Operated server;
    CHECK(server.ask("Dance").error == "org.varlink.service.MethodNotFound");
    CHECK(server.ask("").error == "org.varlink.service.MethodNotFound");
    CHECK(server.call("org.example.Status").reply.error == "org.varlink.service.InterfaceNotFound");
    CHECK(server.call("Status").reply.error == "org.varlink.service.InterfaceNotFound");
    CHECK(server.call("").reply.error == "org.varlink.service.InterfaceNotFound");
    CHECK(server.call("org.varlink.service.Dance").reply.error == "org.varlink.service.MethodNotFound");
}

TEST_CASE("Status has the counts and the trouble", "[admin]") {
    Operated server;
    const Json status = server.ask("Status").parameters;
    CHECK(status["clients"] == 2);
    CHECK(status["limit"] == 3);
    CHECK(status["delivery"] == false);
    CHECK(status["trouble"] == Json::array({"chat-delivery is not connected"}));
    CHECK(status["listening"] == Json::array({"tcp [::]:5000"}));
    CHECK(status["queue"]["undelivered"].natural() > 0);
    CHECK(status["queue"]["size"] == small_sizes.queue);
}

TEST_CASE("Clients has each with its name, address and port", "[admin][R82]") {
    Operated server;
    const Json clients = server.ask("Clients").parameters["clients"];
    REQUIRE(clients.size() == 2);
    CHECK(clients[0]["id"] == 10'001);
    CHECK(clients[0]["name"] == "Batman");
    CHECK(clients[0]["peer"] == "127.0.0.1:50312");
    CHECK(clients[0]["connected"] == "1970-01-01T00:00:01.000Z");
    CHECK(clients[1]["name"] == "Robin");
}

TEST_CASE("Config has every setting, its value and where it was set", "[admin]") {
    Operated server;
    const Json rows = server.ask("Config").parameters["settings"];
    REQUIRE(rows.size() == settings().size());
    for (const Json& row : rows.items()) {
        CHECK_FALSE(row["meaning"].text().empty());
        CHECK(row["value"].is_array() == row["default"].is_array());
        CHECK(row["value"].is_boolean() == row["default"].is_boolean());
        CHECK(row.contains("source") == (row["key"] == "limits.max_clients"));
        if (row["key"] == "limits.max_clients") {
            CHECK(row["value"] == 3);
            CHECK(row["default"] == 5);
            CHECK(row["least"] == 1);
            CHECK(row["unit"] == "clients");
        }
    }
}

TEST_CASE("Kick is by id or name, and by nothing else", "[admin]") {
    Operated server;
    for (const char* word : {"Joker", "10003", "1", "99999999999", "", " ", "10001 ", "Bat\x01man"}) {
        const varlink::Reply reply = server.ask("Kick", {{"client", word}});
        CHECK(reply.error == "org.chat.Admin.NoSuchClient");
        CHECK(reply.parameters["client"] == word);
    }
    CHECK(server.ask("Kick", {{"client", "Batman"}, {"reason", "a\nb"}}).parameters["parameter"] == "reason");
    CHECK(server.ask("Kick", {{"client", "Batman"}, {"reason", std::string(512, 'x')}}).parameters["parameter"] ==
          "reason");
    CHECK(server.acceptor->sessions().everyone().size() == 2);

    CHECK(server.ask("Kick", {{"client", "bATMAN"}, {"reason", nullptr}}).parameters ==
          Json{{"id", 10'001}, {"name", "Batman"}});
    CHECK(server.ask("Kick", {{"client", "10002"}, {"reason", "no masks"}}).parameters ==
          Json{{"id", 10'002}, {"name", "Robin"}});
    CHECK(server.acceptor->sessions().everyone().empty());
    CHECK(server.acceptor->sessions().row(1).reason == LeaveReason::kicked);
    const AdminEvent& event = server.feed->at(1);
    CHECK(event.kind == "left");
    CHECK(event.reason == "kicked");
    CHECK(event.operator_uid == uid);
    CHECK(event.peer == "127.0.0.1:50312");
    CHECK(server.ask("Kick", {{"client", "10002"}}).error == "org.chat.Admin.NoSuchClient");
}

TEST_CASE("the user id is the kernel's, or the stated one if the kernel has none", "[admin]") {
    Operated server;
    const auto whose = [&](const std::string& method, Json parameters) {
        const std::uint64_t before = server.feed->end();
        CHECK(server.ask(method, std::move(parameters)).error.empty());
        REQUIRE(server.feed->end() == before + 1);
        return server.feed->at(before).operator_uid;
    };
    const Json room{{"room", "cave"}, {"clients", Json::array({"Batman"})}};
    const auto with = [](Json parameters, Json stated) {
        parameters.set("operator", std::move(stated));
        return parameters;
    };
    CHECK(whose("Announce", {{"text", "x"}, {"operator", 77U}}) == uid);
    CHECK(whose("Add", with(room, 77U)) == uid);
    CHECK(whose("Remove", with(room, 77U)) == uid);
    CHECK(whose("Forget", {{"client", "Robin"}, {"operator", 77U}}) == uid);
    CHECK(whose("Kick", {{"client", "Robin"}, {"operator", 77U}}) == uid);
    server.known_uid = 0;
    CHECK(whose("Announce", {{"text", "x"}, {"operator", 77U}}) == 0);

    server.known_uid.reset();
    CHECK(whose("Announce", {{"text", "x"}, {"operator", 0U}}) == 0);
    CHECK(whose("Add", with(room, 78U)) == 78);
    CHECK(whose("Remove", with(room, 79U)) == 79);
    CHECK(whose("Announce", {{"text", "x"}}) == unknown_uid);
    CHECK(whose("Announce", {{"text", "x"}, {"operator", nullptr}}) == unknown_uid);
    CHECK(whose("Kick", {{"client", "Batman"}, {"operator", 4'294'967'295U}}) == 4'294'967'295U);
}

TEST_CASE("Add and Remove change the rooms of the named clients", "[admin][R28]") {
    Operated server;
    const auto outcomes = [&](const std::string& method, const std::string& room, std::vector<Json> clients) {
        std::vector<std::string> all;
        const varlink::Reply reply = server.ask(method, {{"room", room}, {"clients", Json::array(std::move(clients))}});
        for (const Json& change : reply.parameters["changes"].items()) all.push_back(change["outcome"].text());
        return all;
    };
    using Outcomes = std::vector<std::string>;
    CHECK(outcomes("Add", "cave", {"Batman", "10002"}) == Outcomes{"added", "added"});
    CHECK(outcomes("Add", "#CAVE", {"robin"}) == Outcomes{"already-inside"});
    CHECK(server.ask("Rooms").parameters["rooms"] ==
          Json::array({{{"name", "lobby"}, {"count", 2}}, {{"name", "cave"}, {"count", 2}}}));
    CHECK(server.ask("Clients").parameters["clients"][0]["rooms"] == Json::array({"lobby", "cave"}));
    CHECK(server.feed->at(0).kind == "added");
    CHECK(server.feed->at(0).room == "cave");
    CHECK(server.feed->at(0).operator_uid == uid);
    CHECK(server.feed->end() == 2);
    CHECK(outcomes("Remove", "cave", {"Batman", "Batman", "Robin"}) == Outcomes{"removed", "not-inside", "removed"});
    CHECK(server.ask("Rooms").parameters["rooms"].size() == 1);
}

TEST_CASE("Add and Remove do nothing if something is wrong", "[admin]") {
    Operated server;
    const auto wrong = [&](const std::string& method, Json parameters) {
        return server.ask(method, std::move(parameters)).error;
    };
    CHECK(wrong("Add", {{"room", "cave"}, {"clients", Json::array({"Batman", "Joker"})}}) ==
          "org.chat.Admin.NoSuchClient");
    CHECK(wrong("Add", {{"room", "a b"}, {"clients", Json::array({"Batman"})}}) ==
          "org.varlink.service.InvalidParameter");
    CHECK(wrong("Add", {{"room", "cave"}, {"clients", Json::array()}}) == "org.varlink.service.InvalidParameter");
    CHECK(wrong("Add", {{"room", "cave"}, {"clients", "Batman"}}) == "org.varlink.service.InvalidParameter");
    CHECK(wrong("Add", {{"room", "cave"}, {"clients", Json::array({1})}}) == "org.varlink.service.InvalidParameter");
    CHECK(wrong("Add", {{"room", "cave"}}) == "org.varlink.service.InvalidParameter");
    CHECK(wrong("Remove", {{"room", "cave"}, {"clients", Json::array({"Batman"})}}) == "org.chat.Admin.NoSuchRoom");
    CHECK(server.ask("Rooms").parameters["rooms"].size() == 1);
    CHECK(server.feed->end() == 0);
}

TEST_CASE("Groups has each with its admin, members, invitations and requests", "[admin][R63]") {
    Operated server;
    CHECK(server.ask("Groups").parameters == Json{{"groups", Json::array()}});
    Operated grouped([](Publishing& publishing) {
        publishing.connect({2, 1}, 10'003, "Joker");
        const auto publish = [&](RecordKind kind, SlotId client, Standing standing, std::vector<SlotId> receivers) {
            Record record = publishing.about(client, kind);
            record.value = 4711;
            record.receivers = receivers;
            record.scope = static_cast<std::uint8_t>(standing);
            publishing.publisher.publish(record);
        };
        publish(RecordKind::group_made, {1, 1}, Standing::invited, {{0, 1}});
        publish(RecordKind::group_asked, {2, 1}, Standing::asking, {{1, 1}});
    });
    const Json batman{{"id", 10'001}, {"name", "Batman"}};
    const Json robin{{"id", 10'002}, {"name", "Robin"}};
    const Json joker{{"id", 10'003}, {"name", "Joker"}};
    CHECK(grouped.ask("Groups").parameters["groups"] == Json::array({{{"id", 4711},
                                                                      {"admin", robin},
                                                                      {"members", Json::array({robin})},
                                                                      {"invited", Json::array({batman})},
                                                                      {"asking", Json::array({joker})}}}));
}

TEST_CASE("Forget takes a name, an id or a session, of anybody at any time", "[admin]") {
    Operated server;
    for (const std::string word : {"", " ", "Bat man", "1", "9999", "100000", "010001", "+10001", "session:",
                                   "session:0", "session:x", "session:99999999999999999999", "room:cave", "Bat\x01man"})
        CHECK(server.ask("Forget", {{"client", word}}).parameters["parameter"] == "client");
    CHECK(server.feed->end() == 0);
    const QueueWords& words = server.scratch.segment.words();
    const auto asked = [&](const std::string& word) {
        const Position before = words.tail.load();
        const Json answer = server.ask("Forget", {{"client", word}}).parameters;
        const QueueReader reader(server.scratch.segment.queue_ring());
        const auto record = decode(reader.read(before, words.tail.load())->bytes);
        REQUIRE(record);
        CHECK(record->kind == RecordKind::forget);
        CHECK(record->sequence == answer["request"]);
        CHECK(record->value == uid);
        CHECK(record->target == word);
        return record->target_session;
    };
    for (const char* word : {"Batman", "Nobody", "10003"}) CHECK(asked(word) == 0);  // the log may know
    CHECK(asked("10002") == server.acceptor->sessions().row(1).session);
    CHECK(asked("session:12345") == 12'345);
    const std::uint64_t robin = server.acceptor->sessions().row(1).session;
    CHECK(server.ask("Kick", {{"client", "Robin"}}).error.empty());
    CHECK(asked("10002") == robin);  // gone, but not reused yet
    CHECK(server.feed->at(0).kind == "forgetting");
    CHECK(server.feed->at(0).name == "Batman");
}

TEST_CASE("Forgotten reports the outcome of a request", "[admin]") {
    Operated server;
    QueueWords& words = server.scratch.segment.words();
    const auto forgotten = [&](Json request) { return server.ask("Forgotten", {{"request", request}}).parameters; };
    CHECK(forgotten(7U) == Json{{"done", false}});
    words.forgotten_outcome = 2;
    words.forgotten_sessions = 3;
    words.forgotten = 7;
    const Json done{{"done", true}, {"outcome", "ambiguous"}, {"sessions", 3}, {"messages", 0}, {"files", 0}};
    CHECK(forgotten(7U) == done);
    CHECK(forgotten(6U) == Json{{"done", true}});
    CHECK(forgotten("7")["parameter"] == "request");
}

TEST_CASE("Announce takes a line of text", "[admin]") {
    Operated server;
    for (const std::string& text :
         {std::string(), std::string("  "), std::string("a\nb"), std::string("\x1b[2J"), std::string(512, 'x')})
        CHECK(server.ask("Announce", {{"text", text}}).parameters["parameter"] == "text");
    CHECK(server.feed->end() == 0);
    const Json answer = server.ask("Announce", {{"text", "Lunch!"}}).parameters;
    CHECK(answer["receivers"] == 2);
    CHECK(server.feed->at(0).kind == "announced");
    CHECK(answer["id"] == server.feed->at(0).number);
    CHECK(server.acceptor->sessions().everyone().size() == 2);
}

TEST_CASE("acts are refused if the queue is full, and nothing is done", "[admin]") {
    Operated server;
    while (server.ask("Announce", {{"text", std::string(500, 'x')}}).error.empty()) {
    }
    CHECK(server.ask("Announce", {{"text", "x"}}).error == "org.chat.Admin.Busy");
    // Departures have reserved room.
    CHECK(server.ask("Kick", {{"client", "Batman"}}).error.empty());
    CHECK(server.ask("Forget", {{"client", "Batman"}}).error.empty());
}

TEST_CASE("Follow begins with the latest events and continues with new ones", "[admin]") {
    Operated server;
    CHECK(server.call("org.chat.Admin.Follow").reply.error == "org.varlink.service.ExpectedMore");
    server.ask("Announce", {{"text", "one"}});
    const std::uint64_t one = server.feed->at(0).number;
    server.ask("Announce", {{"text", "two"}});

    AdminAnswer last = server.call("org.chat.Admin.Follow", {{"last", 1U}}, true);
    CHECK(last.batches().reply->parameters == Json{{"ready", true}, {"number", one}});
    CHECK(last.batches().reply->parameters["event"]["number"] == one + 1);
    CHECK_FALSE(last.batches().reply);
    server.ask("Kick", {{"client", "Batman"}});
    CHECK(last.batches().reply->parameters["event"]["reason"] == "kicked");
    CHECK_FALSE(last.batches().reply);

    AdminAnswer after = server.call("org.chat.Admin.Follow", {{"after", one}}, true);
    CHECK(after.batches().reply->parameters["number"] == one);
    CHECK(after.batches().reply->parameters["event"]["number"] == one + 1);
    AdminAnswer all = server.call("org.chat.Admin.Follow", {{"last", 100U}}, true);
    CHECK(all.batches().reply->parameters["number"] == 0);
    CHECK(all.batches().reply->parameters["event"]["number"] == one);
    AdminAnswer fresh = server.call("org.chat.Admin.Follow", {{"last", nullptr}}, true);
    CHECK(fresh.batches().reply->parameters["ready"] == true);
    CHECK_FALSE(fresh.batches().reply);
}

TEST_CASE("a follower that falls behind is notified", "[admin]") {
    Operated server;
    AdminAnswer follow = server.call("org.chat.Admin.Follow", Json::object(), true);
    CHECK(follow.batches().reply);
    Record record;
    record.kind = RecordKind::announcement;
    for (record.sequence = 100; record.sequence < 100 + 5000; ++record.sequence) server.feed->add(record, false);
    const AdminBatch batch = follow.batches();
    CHECK(batch.last);
    CHECK(batch.reply->error == "org.chat.Admin.TooSlow");
}

TEST_CASE("entries and exits are events, counted once however often they are applied", "[admin][R84]") {
    Operated server;
    Record record;
    record.kind = RecordKind::connected;
    record.session = 7;
    record.sender = {2, 1};
    record.sender_id = 10'003;
    record.name = "q7mzxtrplw";
    record.text = "192.0.2.7:50312 cave";
    server.feed->add(record, false);
    server.feed->add(record, true);
    CHECK(server.feed->counts().sessions == 1);
    CHECK(server.feed->at(0).peer == "192.0.2.7:50312");
    record.kind = RecordKind::renamed;
    record.target = "q7mzxtrplw";
    record.name = "Joker";
    server.feed->add(record, false);
    CHECK(server.feed->at(2).old_name == "q7mzxtrplw");
    record.kind = RecordKind::departed;
    record.scope = static_cast<std::uint8_t>(LeaveReason::lost);
    server.feed->add(record, false);
    CHECK(server.feed->at(3).reason == "lost");
    CHECK(server.feed->at(3).name == "Joker");
    CHECK(server.feed->counts().departures == 1);
    record.kind = RecordKind::message;
    server.feed->add(record, false);
    CHECK(server.feed->counts().messages == 1);
    CHECK(server.feed->end() == 4);
}

}  // namespace admin_commands_test
