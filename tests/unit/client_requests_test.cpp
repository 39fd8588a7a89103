// The client's requests and targets: which line answers which request, and whom a line is for.
#include "client/talk/requests.h"
#include "client/talk/target.h"
#include "shared/text/protocol.h"
#include "tests/support/catch.h"

#include <string>

namespace client_requests_test {

using chat::Asker;
using chat::parse_target;
using chat::Requests;

namespace {

std::string answered(Requests& requests, const char* line) {
    const auto request = requests.answered(chat::parse_server_line(line).value());
    return request ? request->typed : "nothing";
}

}  // namespace

TEST_CASE("each answer finds its request, once", "[requests]") {
    Requests requests;
    CHECK(requests.add({.asker = Asker::person, .typed = "one", .is_text = true}) == "c1");
    CHECK(requests.add({.asker = Asker::person, .typed = "two", .is_text = true}) == "c2");
    CHECK(requests.add({.tag = "mine", .asker = Asker::person, .typed = "own", .is_text = true}) == "mine");
    CHECK(answered(requests, "ok tag=c2 id=7") == "two");
    CHECK(answered(requests, "ok tag=c2 id=7") == "nothing");
    CHECK(answered(requests, "ok") == "nothing");
    CHECK(answered(requests, "ok tag=mine") == "own");
    const auto left = requests.take_all();
    REQUIRE(left.size() == 1);
    CHECK(left[0].typed == "one");
    CHECK(requests.take_all().empty());
}

TEST_CASE("the client's own listing is answered by its end", "[requests]") {
    Requests requests;
    CHECK(requests.add({.asker = Asker::client, .typed = "/active", .is_text = false}) == "c1");
    CHECK(answered(requests, "client id=51990 name=Robin tag=c1") == "/active");
    CHECK(answered(requests, "client id=51991 name=Joker tag=c1") == "/active");
    CHECK(answered(requests, "end of=active count=2 tag=c1") == "/active");
    CHECK(answered(requests, "end of=active count=2 tag=c1") == "nothing");
}

TEST_CASE("requests are bounded", "[requests]") {
    Requests requests;
    for (std::size_t i = 0; i < Requests::most; ++i) {
        CHECK(requests.has_room());
        (void)requests.add({.asker = Asker::person, .typed = "x", .is_text = true});
    }
    CHECK_FALSE(requests.has_room());
}

TEST_CASE("targets as people type them", "[target]") {
    const auto command = [](const char* text) {
        const auto target = parse_target(text);
        return target ? target->command("hi") + " | " + target->written() + " | " + target->short_name() : "none";
    };
    CHECK(command("51990") == "/send 51990 hi | 51990 | 51990");
    CHECK(command("Robin") == "/send Robin hi | Robin | Robin");
    CHECK(command("1234") == "/sendgroup 1234 hi | group:1234 | group 1234");
    CHECK(command("group:1234") == "/sendgroup 1234 hi | group:1234 | group 1234");
    CHECK(command("room:ops") == "/say ops hi | room:ops | #ops");
    CHECK(command("#ops") == "/say ops hi | room:ops | #ops");
    CHECK(command("ROOM:#Ops") == "/say Ops hi | room:Ops | #Ops");
    CHECK(command("#1") == "/say 1 hi | room:1 | #1");
    CHECK(command("lobby") == "/say lobby hi | room:lobby | ");
    CHECK(command("room:Lobby") == "/say lobby hi | room:lobby | ");
    CHECK(command("all") == "/broadcast hi | all | all");
    for (const char* none :
         {"", "123", "123456", "two words", "room:", "#", "group:12", "group:Robin", "-x", "#-1", "#a,b"}) {
        INFO(none);
        CHECK(command(none) == "none");
    }
}

}  // namespace client_requests_test
