// The framing and the messages of the operator's socket.
#include "shared/system/varlink.h"

#include "tests/support/json_in_catch.h"

#include <string>
#include <vector>

namespace varlink_test {

using namespace chat::varlink;

namespace {

std::vector<std::string> messages_of(const std::vector<std::string>& pieces, std::size_t most = 100) {
    MessageSplitter splitter(most);
    std::vector<std::string> messages;
    for (const std::string& piece : pieces) {
        splitter.add(piece);
        while (const auto message = splitter.next()) messages.emplace_back(*message);
    }
    return messages;
}

const std::string two("one\0two\0", 8);

}  // namespace

TEST_CASE("messages end at NUL bytes, in whatever pieces they arrive", "[varlink]") {
    CHECK(messages_of({two}) == std::vector<std::string>{"one", "two"});
    for (std::size_t cut = 0; cut <= two.size(); ++cut)
        CHECK(messages_of({two.substr(0, cut), two.substr(cut)}) == std::vector<std::string>{"one", "two"});
    CHECK(messages_of({std::string("\0\0", 2)}) == std::vector<std::string>{"", ""});
    CHECK(messages_of({"unfinished"}).empty());
}

TEST_CASE("a message that is too long is detected before its end", "[varlink]") {
    MessageSplitter splitter(5);
    splitter.add(std::string("12345\0", 6));
    CHECK(splitter.next() == "12345");
    splitter.add("12345");
    CHECK_FALSE(splitter.next());
    CHECK_FALSE(splitter.is_overlong());
    splitter.add("6");
    CHECK_FALSE(splitter.next());
    CHECK(splitter.is_overlong());
}

TEST_CASE("calls and replies are read back as they were written", "[varlink]") {
    Call call{"org.chat.Admin.Kick", {{"client", "Batman"}}, true, false};
    std::string bytes = encode(call);
    REQUIRE(bytes.back() == '\0');
    bytes.pop_back();
    const auto read = parse_call(bytes);
    REQUIRE(read);
    CHECK(read->method == call.method);
    CHECK(read->parameters == call.parameters);
    CHECK(read->more);
    CHECK_FALSE(read->oneway);

    bytes = encode(Reply{{{"id", 7}}, "org.chat.Admin.Busy", true});
    bytes.pop_back();
    const auto reply = parse_reply(bytes);
    REQUIRE(reply);
    CHECK(reply->error == "org.chat.Admin.Busy");
    CHECK(reply->parameters["id"] == 7);
    CHECK(reply->continues);
}

TEST_CASE("malformed calls are refused", "[varlink]") {
    for (const std::string bytes :
         {"", " ", "{", "[]", "7", "null", "\"x\"", "{}", "{\"method\":7}", "{\"method\":\"\"}",
          "{\"method\":\"a\",\"more\":1}", "{\"method\":\"a\",\"parameters\":[]}", "{\"method\":\"a\"}{}",
          "{\"method\":\"\xff\"}"})
        CHECK_FALSE(parse_call(bytes));
    CHECK(parse_call("{\"method\":\"a\",\"parameters\":null,\"more\":null,\"more_to_come\":1}"));
    CHECK_FALSE(parse_reply("{\"error\":1}"));
    CHECK_FALSE(parse_reply("{\"parameters\":1}"));
    CHECK(parse_reply("{}"));
}

TEST_CASE("deep nesting costs no stack", "[varlink]") {
    const std::string deep(60'000, '[');
    CHECK_FALSE(parse_call(deep));
    CHECK_FALSE(parse_call(R"({"method":"a","parameters":{"x":)" + deep + std::string(60'000, ']') + "}}"));
    CHECK(parse_call(R"({"method":"a","parameters":{"x":[[[[1]]]]}})"));
}

TEST_CASE("invalid UTF-8 does not prevent a reply", "[varlink]") {
    CHECK(encode(Reply{{{"name", "\xff"}}, {}, false}).find("\xEF\xBF\xBD") != std::string::npos);
}

}  // namespace varlink_test
