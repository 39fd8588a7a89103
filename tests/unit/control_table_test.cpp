// What people see of chatctl's answers.
#include "control/show.h"
#include "control/table.h"
#include "tests/support/json_in_catch.h"

namespace control_table_test {

using namespace chat;
TEST_CASE("columns are as wide as their widest cell, numbers are right-aligned", "[control]") {
    Table table({{"ID", true}, {"NAME"}, {"LAST"}});
    CHECK(table.text().empty());
    table.add({"7", "Batman", "x"});
    table.add({"10007", "É", ""});
    CHECK(table.text() ==
          "   ID  NAME    LAST\n"
          "    7  Batman  x\n"
          "10007  É\n");
}

TEST_CASE("nothing in a table can move the cursor", "[control]") {
    Table table({{"NAME"}});
    table.add({"\x1b[2J\n"});
    CHECK(table.text().find('\x1b') == std::string::npos);
    CHECK(table.text().find("[2J\n\n") == std::string::npos);
}

TEST_CASE("an answer of another version is shown as far as it goes", "[control]") {
    for (const Json& answer :
         {Json(), Json::object(), Json::array({1, "x"}), Json("x"), Json{{"queue", 7}, {"listening", "x"}}}) {
        CHECK_FALSE(status_text(answer).empty());
        CHECK_FALSE(clients_text(Json::array({answer})).empty());
    }
}

TEST_CASE("trouble is shown, and nothing if there is none", "[control]") {
    CHECK(status_text({{"trouble", Json::array({"chat-delivery is not connected"})}})
              .find("TROUBLE:   chat-delivery is not connected\n") != std::string::npos);
    CHECK(status_text({{"trouble", Json::array()}}).find("TROUBLE") == std::string::npos);
}

TEST_CASE("the table of groups has the names of their members", "[control][R63]") {
    const Json group{{"id", 1234},
                     {"admin", {{"id", 1}, {"name", "Ann"}}},
                     {"members", Json::array({{{"id", 1}, {"name", "Ann"}}, {{"id", 2}, {"name", "Ben"}}})},
                     {"invited", Json::array({{{"id", 3}, {"name", "Cid"}}})},
                     {"asking", Json::array()}};
    CHECK(groups_text(Json::array({group})) ==
          "GROUP  ADMIN  MEMBERS  INVITED  ASKING\n"
          " 1234  Ann    Ann Ben  Cid\n");
    CHECK(groups_text(Json::array()) == "There are no groups.\n");
    for (const Json& odd :
         {Json(), Json("x"), Json{{"admin", 7}, {"members", "x"}, {"asking", Json::array({1, nullptr})}}})
        CHECK_FALSE(groups_text(Json::array({odd})).empty());
}

TEST_CASE("the result of forget is shown in numbers, or with the reason if nothing was removed", "[control]") {
    Json answer{{"client", "Batman"}, {"outcome", "removed"}, {"sessions", 1U}, {"messages", 12U}, {"files", 0U}};
    CHECK(forgotten_text(answer) == "Removed from the log: 12 texts, of 1 session of Batman.\n");
    answer.set("files", 1U);
    CHECK(forgotten_text(answer) == "Removed from the log: 12 texts and 1 file name, of 1 session of Batman.\n");
    answer.set("outcome", "unknown");
    CHECK(forgotten_text(answer) == "Nothing was removed: the log has no session of Batman.\n");
    answer.set("outcome", "ambiguous");
    CHECK(forgotten_text(answer).find("choose one with session:NUMBER") != std::string::npos);
    CHECK(forgotten_text({{"client", "Batman"}}) == "The texts of Batman were removed from the log.\n");
}

TEST_CASE("the table of clients has id, name, address and port", "[control][R82]") {
    const Json client{{"id", 48213},
                      {"name", "Batman"},
                      {"peer", "127.0.0.1:50312"},
                      {"connected", "2026-11-20T12:31:05.123Z"},
                      {"rooms", Json::array({"lobby", "cave"})},
                      {"outbox", 2048U},
                      {"dialect", "irc"}};
    const std::string text = clients_text(Json::array({client}));
    CHECK(text.find("48213  Batman  127.0.0.1:50312") != std::string::npos);
    CHECK(text.find("2.0 KiB  irc      lobby cave\n") != std::string::npos);
    CHECK(clients_text(Json::array()) == "Nobody is connected.\n");
}

}  // namespace control_table_test
