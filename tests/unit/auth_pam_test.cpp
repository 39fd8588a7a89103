// The lines of chat-auth-pam: what is a question, and how answers are spelled.
#include "chat-auth-pam/question.h"
#include "shared/text/json.h"
#include "tests/support/catch.h"

#include <string>

namespace auth_pam_test {

using namespace chat;

namespace {

std::string line(const Json& name, const Json& passphrase, const Json& address = "192.0.2.7") {
    return Json{{"accountName", name}, {"passphrase", passphrase}, {"certfp", ""}, {"ip", address}}.dump();
}

}  // namespace

TEST_CASE("pam question: has the user, the passphrase and the address", "[auth-pam]") {
    const auto question = read_question(line("robin", "correct horse", "2001:db8::1"));
    REQUIRE(question);
    CHECK(question->name == "robin");
    CHECK(question->passphrase.view() == "correct horse");
    CHECK(question->address == "2001:db8::1");
}

TEST_CASE("pam question: the user's name is in lower case, the passphrase as it is", "[auth-pam]") {
    const auto question = read_question(line("RobinHood", "Correct Horse"));
    REQUIRE(question);
    CHECK(question->name == "robinhood");
    CHECK(question->passphrase.view() == "Correct Horse");
}

TEST_CASE("pam question: the address and unknown members may be missing or present", "[auth-pam]") {
    CHECK(read_question(R"({"accountName":"robin","passphrase":"p"})"));
    CHECK(read_question(R"({"accountName":"robin","passphrase":"p","future":[1]})"));
    CHECK(read_question(line("robin@example.org", "p", "")));
    CHECK(read_question(line("j.o_h-n", "p", "fe80::1%eth0")));
}

TEST_CASE("pam question: malformed lines are not questions", "[auth-pam]") {
    for (const char* wrong :
         {"", "{", "null", "7", "[]", "\"robin\"", "{}", "{}{}", R"({"accountName":"robin"})", R"({"passphrase":"p"})",
          R"({"accountName":["robin"],"passphrase":"p"})", R"({"accountName":"robin","passphrase":7})", "\xff"})
        CHECK_FALSE(read_question(wrong));
    CHECK_FALSE(read_question(R"({"accountName":"robin","passphrase":"p","x":)" + std::string(100, '[') +
                              std::string(100, ']') + "}"));
    CHECK_FALSE(read_question(line("robin", "p") + std::string(most_question, ' ')));
}

TEST_CASE("pam question: names that no user has never reach a module", "[auth-pam]") {
    for (const char* wrong :
         {"",      "-r",   "--help", "../root", "a/b", "a:b",  "a b",  "a\tb", "a\nb",    "a,b",
          "$(id)", "`id`", "a;b",    "a|b",     "a*",  "a\\b", "a\"b", "a'b",  "(uid=a)", "a\u202e"})
        CHECK_FALSE(read_question(line(wrong, "p")));
    CHECK_FALSE(read_question(line(std::string("a\0b", 3), "p")));
    CHECK_FALSE(read_question(line(std::string(most_user_name + 1, 'a'), "p")));
    CHECK(read_question(line(std::string(most_user_name, 'a'), "p")));
}

TEST_CASE("pam question: a passphrase is neither empty nor cut off", "[auth-pam]") {
    CHECK_FALSE(read_question(line("robin", "")));
    CHECK_FALSE(read_question(line("robin", std::string("right\0wrong", 11))));
    CHECK_FALSE(read_question(line("robin", std::string(most_passphrase, 'x'))));
    CHECK(read_question(line("robin", std::string(most_passphrase - 1, 'x'))));
    CHECK(read_question(line("robin", "ä \"\\ \x01")));
}

TEST_CASE("pam question: an address is one", "[auth-pam]") {
    CHECK_FALSE(read_question(line("robin", "p", "192.0.2.7 evil")));
    CHECK_FALSE(read_question(line("robin", "p", "a\nb")));
    CHECK_FALSE(read_question(line("robin", "p", std::string(most_address_text + 1, '1'))));
}

TEST_CASE("pam answer: one line each", "[auth-pam]") {
    CHECK(accepting_answer("robin") == "{\"success\":true,\"accountName\":\"robin\",\"error\":\"\"}\n");
    CHECK(refusing_answer() == "{\"success\":false,\"accountName\":\"\",\"error\":\"\"}\n");
    CHECK(failing_answer("Module is \"unknown\"\n") ==
          "{\"accountName\":\"\",\"error\":\"Module is \\\"unknown\\\"\\n\"}\n");
}

}  // namespace auth_pam_test
